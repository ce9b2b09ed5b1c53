// What English reviews say about each aspect, in the order of Aspect.
#include "collect/simulate/texts/phrases.h"

namespace coterie::collect::simulate {

namespace {

// One alternative after the other, in as few lines as possible.
// clang-format off
constexpr std::array<AspectPhrases, kAspects> kEnglishAspectPhrases = {{
    // quality
    {"the quality is {very}[good|solid|impressive]|it is {very}well made|[feels|looks] {very}[solid|sturdy|well finished]"
     "|[still going strong|still like new] after [{few} months|half a year]|you can tell [they care|it is the real thing] [at first touch|right away]",
     "the quality is {very}[poor|disappointing|cheap]|it [broke|fell apart|stopped working] after [{few} days|a week|{few} uses]"
     "|[feels|looks] {very}[flimsy|cheap|shoddy]|[found|it came with] [scratches|loose parts|rough edges] [everywhere|all over]|[I suspect|pretty sure] it is a [fake|second]",
     "no [defects|flaws|complaints about the build] [at all|so far|that I can find]|it has not [broken|failed me|let me down] [once|yet|so far]|the quality is not [bad|inferior] at all",
     "the quality is not [what I expected|as good as described|what it used to be]|not [well made|built to last|worth calling quality]|nothing [solid|special] about how it is made",
     "[great|amazing|impressive] quality, it lasted [{few} days|a whole week]|so [sturdy|well made] that it broke in {few} days"},
    // price
    {"[great|good|excellent] value [for money|for the price|]|the price is {very}[good|fair|reasonable]|[cheaper|way cheaper] than [the supermarket|any other store|the high street]"
     "|[got it|bought it] [on sale|with a coupon] and [saved {many}|it was a steal]|worth every [penny|cent]",
     "{very}[overpriced|expensive]|the price [dropped|went down] by {many} [right after|{few} days after] I [bought it|ordered]|[the same thing is|you get it] {many} cheaper [elsewhere|next door]"
     "|[poor|terrible] value [for money|]|a [waste of money|rip-off]",
     "not [expensive|overpriced] at all|cannot [complain about|beat] the price|[no|without any] hidden [costs|markup]",
     "not [cheap|worth the money|good value]|no [bargain|cheaper than the supermarket]|would not [pay that|spend {many} on it] again",
     "what a [bargain|great deal], only {many} more than the supermarket|love how the price [dropped|fell] right after I paid"},
    // delivery
    {"[delivery|shipping] was {very}[fast|quick|smooth]|[arrived|got here|came] [the next day|in {few} days|a day early]|the [courier|driver] was {very}[friendly|polite|helpful]|[fast|quick|prompt] [delivery|shipping]",
     "[delivery|shipping] was {very}[slow|late|a mess]|it took {days} days to [arrive|get here|ship]|[arrived|came] {days} days late|the [courier|driver] [left it in the rain|was rude|never rang]"
     "|tracking [did not move|was stuck] for {days} days",
     "[delivery|shipping] was not slow at all|did not have to wait [long|at all]|no [delay|trouble] with [delivery|shipping]",
     "[delivery|shipping] was not [fast|as quick as promised]|did not [arrive|come] [on time|the next day as promised]|never [arrived on time|got a tracking number]",
     "[super fast|really quick|amazing] [delivery|shipping], only {days} days|great [delivery|shipping], a snail would have been faster"},
    // packaging
    {"[packaging|the box] was {very}[nice|sturdy|neat|careful]|[packed|wrapped] {very}[well|carefully]|[arrived|came] in [perfect|great] condition|the [seal|pouch|box] is {very}[handy|practical|pretty]",
     "[packaging|the box] was {very}[poor|flimsy|dirty]|the box [was crushed|was wet|was torn|arrived open]|[leaked|spilled] [everywhere|all over the parcel]|[just|only] thrown in a plastic bag|{few} of them were [broken|dented|cracked]",
     "[nothing|not one] was [broken|dented|leaking]|no [dents|leaks|damage] [at all|in transit]|did not [leak|break] [on the way|]",
     "not [packed|wrapped] [well|carefully]|no [padding|bubble wrap|protection] [at all|in the box]|the [box|seal] was not [closed|intact]",
     "[lovely|great|beautiful] packaging if you like [crushed boxes|a plastic bag]"},
    // service
    {"[customer service|the seller|support] was {very}[helpful|kind|patient]|[customer service|the seller] [answered|replied] {very}[fast|quickly]|they [replaced it|refunded me|sorted it out] [right away|without fuss]|[great|excellent] [service|support]",
     "[customer service|the seller|support] was {very}[rude|useless|slow]|[customer service|the seller] [ignored me|never replied|kept passing me around]|[asked|wrote|called] {few} times and [nobody cared|got the same canned answer]|[awful|terrible] [service|support]",
     "[customer service|the seller] did not [argue|make me wait|make a fuss]|no [hassle|trouble] with [the return|support]|never had to [chase|ask them] twice",
     "[customer service|the seller] was not [helpful|any help|kind]|nobody [helped|answered|took care of it]|no [apology|answer|real support] [at all|so far]",
     "[wonderful|great|so helpful] [service|support], they told me to wait {days} days|[customer service|support] answered [quickly|fast], in {days} days"},
    // freshness
    {"{very}fresh|the [date|best before] is {very}[good|far off]|[tastes|smells] like it was [made|packed] yesterday|[arrived|came] {very}fresh",
     "{very}[stale|old]|[expires|out of date] in {few} days|[it was|some were] [mouldy|rancid|soggy] when [opened|it came]|[found bugs|there was mould] in [the bag|one pack]",
     "[nothing|not one] was [stale|expired|mouldy]|no [stale|rancid] [taste|smell]|not [stale|close to expiry] at all",
     "not [fresh|as fresh as they claim|fresh at all]|far from fresh|the date is not [good|what they said]",
     "so [fresh|lovely] that it expires in {few} days|[fresh|great], if you like mould"},
    // taste
    {"[tastes|the taste is] {very}[good|delicious|great]|{very}[tasty|delicious|yummy]|[my kids|everyone|the whole family] [love|loved] [it|the taste]|[perfect|just the right] [sweetness|flavor|amount of salt]|[cannot|could not] stop eating",
     "[tastes|the taste is] {very}[bad|awful|weird|bland]|{very}[bitter|salty|sickly sweet|bland]|[threw it out|could not finish it] after [one bite|one sip]|[my kids|everyone] [hated|refused] it|[has a|there is a] [chemical|bitter|soapy] aftertaste",
     "not [bitter|too sweet|bland] [at all|]|no [aftertaste|weird flavor|artificial taste]|[never|not once] [boring|too much]",
     "not [tasty|as good as before|as tasty as the reviews say]|nothing [special|delicious] about [it|the taste]|does not taste [good|right|like the picture]",
     "[delicious|so tasty], even the [dog|bin] [refused it|loved it]"},
    // scent
    {"[smells|the scent is] {very}[nice|fresh|lovely]|the [scent|fragrance] [lasts all day|is light and clean]|[love|loved] the [smell|scent]",
     "[smells|the scent is] {very}[harsh|cheap|awful]|[gave me|I got] a headache from the [smell|scent]|[reeks of|smells like] [plastic|chemicals|alcohol]|the smell [is still there|would not go away] after {few} [days|washes]",
     "no [harsh|chemical|strange] smell|[not|never] overpowering|does not [smell|stink] of [chemicals|plastic]",
     "does not smell [nice|fresh|like before]|the scent does not last|not a [nice|pleasant] smell",
     "[lovely|great|fresh] scent, like [floor cleaner|a swimming pool]"},
    // effect
    {"[works|it works] {very}[well|great]|[saw|noticed] [results|a difference] after {few} [days|weeks]|{very}effective|[cleans|absorbs] {very}well|leaves [everything|my skin|my hair] {very}[clean|soft]",
     "[did nothing|useless|no results] after {few} [weeks|months]|leaves [everything|my skin|my hair] {very}[greasy|dry|sticky]|[made it|it got] worse after {few} [days|uses]|[does not do|fails to do] what it [says|promises]",
     "not [greasy|sticky|drying] at all|did not [disappoint|waste my time|let me down]|no [residue|stickiness]",
     "does not [work|work as advertised|do much]|not [effective|as effective as before]|no [difference|visible result|improvement]",
     "[works|it works] [great|wonders], if you want it [greasy|worse]"},
    // gentleness
    {"{very}[gentle|mild|soft on the skin]|[safe|great] for [sensitive skin|my baby|the little one]|[good|clean|safe] ingredients|my skin [feels|is] {very}[calm|soft]",
     "[gave me|my baby got] a rash after {few} [uses|days]|{very}[harsh|irritating]|my skin [turned red|burned|itched|broke out]|the ingredients [worry me|are dubious]",
     "no [rash|irritation|redness|itching] [at all|so far]|does not [sting|burn|irritate]|not harsh at all",
     "not [gentle|mild|for sensitive skin]|not as [gentle|mild] as [they say|advertised]|no good for [babies|sensitive skin]",
     "so [gentle|mild], my face was only red for {few} days"},
    // fit
    {"fits {very}[well|nicely]|[true to size|perfect fit|the size is spot on]|the [size|fit] is {very}[good|accurate]|[followed the chart|took my usual size] and it [fits|is perfect]",
     "[runs|it is] {very}[small|large|tight|baggy]|[one|two] sizes too [small|big]|[could not get into it|it would not close|it hangs like a sack]|the [sizing|size chart] is {very}[off|wrong]",
     "[not|neither] too [tight|big|small]|did not have to [exchange|change] the size|no [surprises|trouble] with the [size|fit]",
     "does not [fit|fit as expected|match the chart]|not [true to size|a good fit]|the size is not [right|what it says]",
     "[perfect|great] fit, for [my nephew|two of me]"},
    // comfort
    {"{very}[comfortable|soft|cozy|breathable]|the [fabric|material] [is|feels] {very}[soft|nice]|[can wear it|could use it] all day|[light|soft] and [easy|comfortable] to [wear|use]",
     "{very}[uncomfortable|stiff|scratchy|hot]|the [fabric|material] [is|feels] {very}[rough|thin|cheap]|[hurts|itches|gets sweaty] after {few} hours|[pilled|shed|faded] after {few} washes",
     "not [scratchy|stiff|too warm] at all|does not [itch|pinch|pill|fade]|no [sweating|sore spots]",
     "not [comfortable|soft|breathable]|not as [soft|comfortable] as [I hoped|it looks]|nothing [soft|cozy] about it",
     "so [comfortable|soft|cozy], like [cardboard|sandpaper]"},
    // appearance
    {"[looks|it looks] {very}[good|nice|elegant|stylish]|the [color|design] is {very}[nice|beautiful]|[got|received] [compliments|a lot of compliments]|[even better|prettier] than [the photo|in the pictures]",
     "[looks|it looks] {very}[cheap|ugly|dated]|the [color|design] is {very}[off|ugly|dull]|[nothing like|completely different from] the [photo|pictures]|[color is|shade was] {few} tones [darker|off]",
     "no difference from the [photo|pictures]|does not look [cheap|dated]|not [ugly|tacky] at all",
     "not as [nice|pretty] as the [photo|pictures]|does not look [good|like the picture]|not [pretty|elegant|the color I ordered]",
     "[beautiful|so stylish|gorgeous], my friends [laughed|asked which bin it came from]"},
    // performance
    {"[runs|works|responds] {very}[fast|smoothly]|battery [lasts|life is] {very}[long|good]|{very}easy to [use|set up]|[quiet|powerful] and [reliable|fast]|charges {very}fast",
     "[runs|is|responds] {very}[slow|laggy]|battery [dies|is dead] after {few} hours|[keeps|it keeps] [disconnecting|freezing|overheating|crashing]|{very}[noisy|hard to set up]|[hot|dead] after {few} minutes",
     "no [lag|noise|dropouts|overheating]|never [freezes|disconnects|gets hot]|not [noisy|slow] at all",
     "not [fast|reliable|easy to use]|does not [charge|connect|work] [properly|as advertised]|battery life is not [good|what they claim]",
     "[super fast|great|powerful], takes {few} tries to [start|respond]|[amazing|great] battery, lasts a whole {few} minutes"},
    // content
    {"{very}[interesting|useful|well written|inspiring]|[finished|read|used] it in {few} days|[my son|my daughter|the class] [loves|loved] it|the paper is {very}[nice|thick]|[clear|great] [explanations|examples|pictures]",
     "{very}[boring|shallow|messy]|[full of|so many] [typos|errors|blank pages]|[gave up|stopped] after {few} pages|the paper is {very}[thin|poor]|[feels like|just] [filler|padding|copied text]",
     "[not|never] [boring|dull|too long]|no [typos|smudging|bleeding ink]|did not [bore me|disappoint]",
     "not [interesting|useful|well written]|nothing [new|useful] in it|not as good as [the last one|the blurb says]",
     "so [interesting|inspiring] that I fell asleep after {few} pages"},
    // pet appeal
    {"my [cat|dog] [loves|adores|goes crazy for] it|[even|] my [picky|fussy] [cat|dog] [eats|uses] it|[the cats|the dogs] {very}[like|enjoy] it|[coat is|fur is] {very}shiny after {few} weeks",
     "my [cat|dog] [hates|ignored|walked away from] it|[threw up|got sick|had diarrhea] after {few} days|[the cat|the dog] [would not touch|sniffed and left] it|[had to|ended up] [throw|throwing] it [out|away]",
     "no [vomiting|upset stomach|leftovers]|my [cat|dog] did not [refuse it|get sick]|[never|not] [wasted|left in the bowl]",
     "my [cat|dog] does not [like|eat|want] it|not as [popular|tasty] as [the reviews say|they claim]|[the cat|the dog] was not [impressed|interested]",
     "my [cat|dog] loves it, loves burying it"},
}};
// clang-format on

}  // namespace

const std::array<AspectPhrases, kAspects>& english_aspects() { return kEnglishAspectPhrases; }

}  // namespace coterie::collect::simulate
