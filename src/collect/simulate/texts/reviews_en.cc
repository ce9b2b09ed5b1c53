// The frame of English reviews: what is said around the opinions.
#include "collect/simulate/texts/phrases.h"

namespace coterie::collect::simulate {

namespace {

// One alternative after the other, in as few lines as possible.
// clang-format off
constexpr ReviewPhrases kEnglishReviewPhrases = {
    .very = "really |very |pretty |so |quite |super |honestly |extremely ||rather |truly |actually |",
    .who = "my wife|my husband|my mom|my dad|my sister|a friend|my son|my daughter|a coworker|my roommate|my partner|grandma|my neighbor|my brother|my aunt|the kids",
    .when = "last week|yesterday|two weeks ago|last month|on Monday|over the weekend|before the holidays|in spring|on payday|this morning|just before my trip|back in October",
    .motives = {"[bought it|got it|ordered it] [because it was on sale|with a coupon|during the promotion]|[was waiting|had been waiting] for [a discount|the price to drop]|[the deal|a discount code] [made me buy|got me] it",
                "[bought it|got it|ordered it] as a [gift|birthday present|present] for {who}|[a|it was a] [gift|birthday present|housewarming gift] for {who}|{who} [has|had] a birthday [coming up|]",
                "[no time to|too busy to|did not want to] [go to the store|drive to town|queue]|[easier|more convenient] than [carrying it home|going to the shop]|[saves|it saves] me a trip|[no store|nobody] near me sells it",
                "[trying|I try] to [eat healthier|lose some weight|cut down on sugar]|[my doctor|a nutritionist] [told me|suggested] to [change my habits|watch what I use]|[checked|read] the [label|ingredients] [first|twice]|{who} has [allergies|a weak stomach|high blood sugar]",
                "[wanted|I wanted] something [premium|fancy|that makes an impression]|[I only buy|always go for] [well known brands|the top label]|[for|needed it for] [guests|a client dinner|a party where it shows]|[the limited edition|the designer version], of course",
                "[saw it|kept seeing it] [in a video|all over my feed|at {who}'s place] and got curious|[wanted to|had to|just] [try|give it a try]|first time [trying this brand|I buy this]|[never tried|had never used] [one|it|anything like it] before",
                "[have been|been] [buying|using] [this|these] for [{few} years|ages]|[my|this is my] [3rd|4th|5th|10th] [order|purchase]|[always have|we always keep] [one|some] at home|[regular|long time|returning] customer here",
                "[needed|we needed] a [new one|replacement]|the old one [broke|was empty|gave up]|[moving|renovating|back to school], so [needed it|had to get one]|{who} [needed|asked for] one"},
    .other_motives = {"not because it was [on sale|cheap]|no [discount|coupon] this time", "not [a gift|for {who}]|no birthday [this time|involved]",
                      "not [out of laziness|to save a trip]|the store is [next door|close]", "not [on a diet|for my health]|did not read the [label|ingredients]",
                      "not for [the label|guests|the brand]|no need to [impress|look fancy]", "not [because of a video|out of curiosity]|never saw it in my feed",
                      "not a [regular|returning] customer|never [ordered|bought] here before", "did not [really|] need one|the old one [still works|is fine]"},
    .opening = "[ordered|bought|got] [this|it|{few} of them] {when}|[received|got] the [parcel|package|order] {when}|[used|tried|tested] it for [{few} days|a week|{few} weeks] now|[quick|short|honest] review"
               "|[here are|just] my [thoughts|two cents]|[so|okay so], the {item}|[this is about|bought] the {item}|the {item} [arrived|came] {when}|{who} [opened|unpacked] it|[compared|read about] [a few|{few}] before [ordering|buying]",
    .aside = "[took|chose] the [first|default|bigger] one|{who} [picked it up|signed for it]|we are {few} people [at home|in the house]|[it sits|keep it] in the [kitchen|office|bedroom|living room]|[will see|no idea] how long it lasts"
             "|[used|had] another brand before|[also|] got one for {who}|[use it|used it] every [morning|evening|day]|[paid|spent] {many} [in total|on the order]|[had it|used it] for about {days} days|[no|sorry, no] pictures",
    .silent = "[have not|haven't] [opened|tried|used] it yet|[will|going to] [update|review] [later|after using it]|[bought it|got it] for {who}, [no idea|did not ask]|[received|got it|arrived]|[no comment|n/a|as titled]|the {item} [arrived|is here]|[need|have] to write something [here|], so [here it is|hello]",
    .verdict_praise = "[will|would|definitely will] [buy|order] again|[highly recommend|recommended|would recommend]|[overall|all in all] {very}[happy|satisfied|pleased]|[five stars|thumbs up|love it]|[no regrets|not disappointed|cannot complain]|[already|] told {who} about it"
                      "|[better than|exceeded] [expected|what I expected]|[happy|glad] [with it|I bought it]|could not be happier",
    .verdict_blame = "[will not|would not|never] [buy|order] again|[do not|cannot|would not] recommend|[overall|all in all] {very}[unhappy|disappointed|let down]|[one star|thumbs down|hate it]|[regret|disappointed|waste of time]|[already|] told {who} to stay away"
                     "|[worse than|not what I] [expected]|[returning|sending] it back|[not happy|unhappy] [with it|I bought it]|could not be [more disappointed|worse]",
    .verdict_neutral = "[overall|all in all] [okay|average|so so]|[does|it does] the job, [more or less|nothing more]|[some good, some bad|good and bad sides]|[might|may] or may not buy again|[three stars|meh|it is fine]|depends on what you [need|expect]",
    .feared = "[was|I was] [afraid|worried] that |[at first|before ordering|before it came] I [feared|thought|expected] ",
    .hoped = "[was|I was] [hoping|expecting] that |[at first|before ordering|before it came] I [hoped|thought|expected] ",
    .then = ", but [actually|in fact|it turned out that|] | - [turns out|well,] ",
    .reported = "[everyone|the reviews|{who}] said |[the ad|the description|the page] [says|claims] |[people|my friends] [keep saying|claim] ",
    .reported_then = ", but [for me|in my case|I found] |, [yet|however] [for me|in reality] ",
    .elsewhere = "with [another|the other|my last] [shop|brand|one] |[elsewhere|last time|at another store] ",
    .elsewhere_then = ", [here|this time|with this one] | - [here|this one,] ",
    .mock_tail = ", [thanks a lot|bravo|well done|great job|wow|how nice]|, [what a joy|love it|impressive]||, [thank you so much|five stars for that]",
    .happy_mixed = "太好了|真不错|赞|very 好用|点赞|nice 推荐",
    .angry_mixed = "太差了|无语|差评|not 推荐|唉|麻烦",
    .happy_emoji = "👍|😊|❤️|🥰|:)|😋|💯|⭐⭐⭐⭐⭐|:-)",
    .angry_emoji = "😡|👎|😤|💔|:(|🙄|😭|🤮|⭐",
    .neutral_emoji = "🙂|😅|🤔|😐|;)|🙏|lol"};
// clang-format on

}  // namespace

const ReviewPhrases& english_review() { return kEnglishReviewPhrases; }

}  // namespace coterie::collect::simulate
