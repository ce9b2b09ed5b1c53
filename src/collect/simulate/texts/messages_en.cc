// What English-writing members write to the shop's service, in the order of Concern.
#include "collect/simulate/texts/phrases.h"

namespace coterie::collect::simulate {

namespace {

// One alternative after the other, in as few lines as possible.
// clang-format off
constexpr MessagePhrases kEnglishMessagePhrases = {
    .concerns =
        {{{"[I want|I would like] to return the {item}|[can|could] I [get a refund|get my money back|send it back]|[requested|asked for] a refund [{days} days ago|last week] and [nothing happened|still no money]|[how|where] do I return the {item}",
           "[please|kindly] refund [me|the order]|when [will|do] I get [the money|my refund]|who pays the return shipping", "I do not want a refund"},
          {"[order|my order] {order} [has not arrived|is still not here|has not shipped] after {days} days|[ordered|bought] it {when} and [it is not here|nothing came]|tracking [has not moved|is stuck] for {days} days|[where is|any news on] my [order|parcel]|[it was|you] promised [next day|two day] delivery",
           "[can you|please] [check|chase] the [courier|parcel]|when will it [arrive|ship]|[please|] tell me where it is", "delivery was on time"},
          {"the {item} [arrived|came] [broken|cracked|leaking|damaged]|the box was [crushed|wet|torn] and the {item} is [broken|damaged|dented]|[opened it|unpacked it] and [found|saw] [a crack|a big scratch|broken glass]|[there is|it has] a [crack|hole|dent] in the {item}",
           "[what should I do|how do we proceed]|[can you|please] [send a new one|replace it]|where do I send the [photos|pictures]", "nothing is broken"},
          {"[you sent|got|received] the wrong [item|color|model|size]|[ordered|bought] the {item} but [got|received] something else|this is not [what I ordered|the {item} I ordered]|[order|parcel] {order} [does not match|is mixed up]",
           "[please|] send the right one|how do I [return|send back] the wrong one|please check [again|the order]", "it is the right item"},
          {"[{few} pieces are|one piece is|a part is] missing|the [manual|cable|gift|lid] is [missing|not in the box]|[ordered|paid for] {few} but only got one|the [free gift|sample] was [not included|left out]",
           "[please|can you] send the [missing part|rest]|when do I get the rest", "nothing is missing"},
          {"how [do I|to] [use|clean|install|store|connect] the {item}|[is|can] the {item} [safe for kids|be washed|be kept in the fridge|used every day]|[the manual|the instruction] is [unclear|hard to follow]|[first time|new] with the {item}, [any tips|need some help]",
           "is there a [video|guide]|[how often|how long] should I use it|any [advice|hint] [is|] welcome", "I know how to use it"},
          {"[is|are] the {item} [in stock|available|coming back]|when [will|do] you restock [the {item}|it]|[do you have|is there] a [bigger|smaller|different] [size|one]|[want to|would like to] order {few} more, [enough stock|possible]|the [color|size] I want is sold out",
           "[please|] let me know when it is back|[roughly|] when", "stock does not matter"},
          {"[my|the] [coupon|voucher|discount code] [does not work|was not applied|is rejected]|[have|got] a {many} off [coupon|voucher] and cannot use it|when does the [sale|coupon] [end|expire|start]|how do I [use|redeem] my points",
           "can you [refund the difference|give me a new code]|[please|] check [the rules|what is wrong]", "the coupon is fine"},
          {"[need|I need] an invoice [for order {order}|for my company|]|[how|where] do I get [an invoice|a receipt]|the [invoice|receipt] [is wrong|has the wrong name|never came]|[company name|tax number] on the invoice is wrong",
           "[please|] [send|email] it to me|[sent you|here is] the tax number", "no invoice needed"},
          {"[I typed|entered] the wrong [address|phone number]|[can I|need to|want to] change the [delivery address|address|phone number]|[moved|not at home], [can you|please] [send|deliver] it to my office|[order {order}|my new order] has [the old|a wrong] address",
           "is [it|there] still [possible|time]|[please|] change it [quickly|today]", "the address is right"},
          {"[can I|want to|would like to] [exchange|swap] it for [another size|another color|the other model]|the {item} is too [big|small], [can I|how do I] exchange it|[wrong|need another] size, [exchange|swap] [possible|please]",
           "who pays the [difference|shipping]|when [will|do] you send the new one", "no exchange needed"},
          {"[please|can you|want to] cancel [order {order}|my order|it]|[ordered|bought] [twice|by mistake|the wrong one], [please cancel|cancel one]|[it has not shipped|before it ships], [can I|please] cancel|[changed my mind|do not need] the {item} [anymore|any more], cancel",
           "[please|] [stop|close] the order|[refund|money] to [my card|the same account] please", "do not cancel"},
          {"[I want|I am going] to [complain|make a complaint|file a complaint]|your [agent|courier|staff] [was rude|hung up on me|lied to me]|[asked|wrote|called] {few} times and [nobody|no one] [cares|answers|helps]|[false|misleading] advertising|this is [not|hardly] [service|how you treat customers]",
           "[get me|want to speak to] [a manager|your supervisor]|[I expect|want] an [answer|explanation|apology]|[or|otherwise] I [go public|report you|post a review]", "this is not a complaint"},
          {"[thank you|thanks|a big thank you] to [your team|the agent|the courier]|the {item} is {very}[great|lovely|good]|you [solved|fixed|sorted] [it|my problem] {very}[fast|well]|[the agent|support] was {very}[patient|kind|helpful]",
           "[will|would] [come back|order again]|keep it up|[five stars|thumbs up] [from me|]", "not here to praise"}}},
    .greeting = "hi|hello|hey|hi there|good morning|dear support|excuse me|hello there|anyone there|quick question|dear team|good evening",
    .detail = "order number [is|] {order}|bought it {when}|it was for {who}|I am a [regular|long time] customer|ordered {few} of them|I am at work [all day|until six]|[need it|need this] [soon|by Friday]|[paid|spent] {many}|[sent|attached] [photos|a screenshot]|[tried|I tried] to call",
    .polite_end = "thanks|thank you|thanks in advance|[no rush|take your time]|[appreciate it|much appreciated]|[waiting for|looking forward to] your reply|cheers|best regards",
    .angry_end = "[this is|that is] [ridiculous|unacceptable|so annoying]|[worst|terrible|awful] [shop|service] [ever|]|[never|not] [ordering|buying] [here again|again]|[sick|tired] of [waiting|asking]|[asked|wrote] {few} times [already|now]|[fix|solve|answer] this [now|today]|what a [mess|joke]",
    .happy_end = "[you are|you guys are] {very}[great|kind]|[love|loved] it|[so|very] [happy|pleased]|[wish you|have] a [great|lovely] day|[best|great] shop|[made|you made] my day",
    .mock = "[great|wonderful|amazing] [service|job], [thanks a lot|bravo|well done]|[so helpful|how kind], {days} days and no [answer|reply]|[really|] [fast|quick] [answer|support], only {days} days",
    .calm = "[not|I am not] [angry|annoyed|sick of waiting], just [asking|curious]|[not|this is not] [ridiculous|unacceptable] or anything|not saying the [service|shop] is [terrible|awful]|no mess, no joke, just a question|not tired of waiting [yet|]|[great|wonderful] [service|job] so far"};
// clang-format on

}  // namespace

const MessagePhrases& english_message() { return kEnglishMessagePhrases; }

}  // namespace coterie::collect::simulate
