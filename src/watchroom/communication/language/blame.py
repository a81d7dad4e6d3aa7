"""Blame: a person, a team, a vendor or the reader made out to be at fault.

It closes mouths inside and is no news outside; whose contract it was is for the review and the lawyers. Naming whom one
works with blames nobody. Pure.
"""

import re
from collections.abc import Iterator

from watchroom.communication.language.flag import Flag
from watchroom.communication.language.ground import Ground
from watchroom.communication.language.passage import Passage

_PERSON = (
    r"(?:engineers?|developers?|operators?|employees?|colleagues?|contractors?|interns?|admins?"
    r"|administrators?|technicians?|staff(?: members?)?|team members?|managers?|"
    r"programmers?|sysadmins?|DBAs?|junior|new hire|someone|somebody|an individual|on-?call(?: engineer)?)"
)
_TEAM = (
    r"(?:(?:[\w-]+ ){0,2}(?:teams?|squads?|department|crew|group)|ops|devops|QA|engineering|infra|SRE|support"
    r"|marketing|sales|development|operations)"
)
_VENDOR_NAMES = (
    r"(?:AWS|Amazon(?: Web Services)?|Azure|Microsoft|Google(?: Cloud)?|GCP|Cloudflare|Fastly|Akamai|Stripe"
    r"|Twilio|Adyen|PayPal|Okta|Auth0|Datadog|Oracle|Salesforce|IBM|"
    r"OVH|Hetzner|DigitalOcean|GitHub|GitLab|Vercel|Heroku|Netlify|MongoDB|Snowflake|SendGrid|Mailgun"
    r"|Mailchimp|Zendesk|Visa|Mastercard|Worldpay|Klarna|Braintree|Equinix|"
    r"Vodafone|Telekom|AT&T|Verizon|Comcast|BT|Slack|Zoom|Atlassian|CrowdStrike|OpenAI|Anthropic|Apple|Meta|SAP)"
)
_VENDOR = (
    rf"(?:{_VENDOR_NAMES}|(?:[\w-]+ ){{0,3}}(?:vendors?|suppliers?|providers?|partners?|third[- ]part(?:y|ies)"
    rf"|contractors?|processor|acquirer|carrier|ISP|registrar|data ?cent(?:er|re)))"
)
_WRONG = (
    r"(?:broke|br(?:eaks|oken)|caused(?! by\b)|causes|deleted|misconfigured|dropped the ball|pushed|shipped "
    r"(?:a |an )?(?:bad|broken|faulty|buggy|untested)|deployed (?:a |an )?(?:bad|broken|faulty|buggy|wrong"
    r"|untested)|made (?:a|an|several|some|the) [\w ]{0,20}?(?:mistakes?|errors?)|"
    r"failed|fails|has failed|have failed|forgot|forgotten|took down|brought down|lost (?:the|our|a)|left "
    r"(?:us|the|a|you|it|behind)|introduced|ignored|neglected|overlooked|missed|did not (?:\w+ )?(?:test|check"
    r"|follow|notify|tell|warn|notice|renew|react|respond|do)|didn['’]t (?:\w+ )?(?:test|check|follow|notify"
    r"|tell|warn|notice|renew|react|respond|do)|"
    r"should (?:not )?have|shouldn['’]t have|let (?:us|you|everyone) down|(?:is|are|was|were) (?:to blame|at "
    r"fault|responsible|careless|negligent|slow to)|screwed up|messed up|mishandled|mistakenly|accidentally"
    r"|carelessly|wrongly|erroneously|incorrectly|entered the wrong|ran the wrong|typed the wrong)"
)
# “The failed orders” is no deed of whoever stands before it.
_ACTING = (
    r"(?<!\bthe )(?<!\ba )(?<!\ban )(?<!\bof )(?<!\bthese )(?<!\bthose )(?<!\bour )(?<!\bany )(?<!\ball "
    r")(?<!\bwith )"
)
_OUTRIGHT = re.compile(
    r"\b(?:human error|operator error|user error|pilot error|(?:made by|error by|mistake by|mistakes? (?:of"
    r"|made by)|error of|fault of|negligence|negligent|incompeten\w+|careless\w*|sloppy|sloppiness"
    r"|irresponsible|reckless|stupid\w*|amateurish|lazy|unprofessional|(?:poor|bad|shoddy) work)\b|"
    r"(?:['’]s|their|his|her|your|its|the customer['’]s) (?:own )?(?:fault|mistake|negligence|error\b(?! "
    r"(?:rate|page|message|log|budget|code))|failure to)|to blame\b|blam(?:e|es|ed|ing)\b|at fault\b|not our "
    r"(?:fault|problem|responsibility)|"
    r"no fault of ours|beyond our control|out of our (?:hands|control)|(?:on|at) (?:their|the (?:vendor"
    r"|provider|customer)['’]?s?) (?:side|end)|screw(?:ed)?[- ]up|messed up|botched|dropped the ball|fat[- "
    r"]finger\w*|should(?:n['’]t| not)? have (?:known|tested|checked|noticed|been (?:caught|tested|noticed))|"
    r"let (?:us|you) down|responsible for (?:this|the) (?:outage|incident|issue|problem|disruption|failure|mess))",
    re.IGNORECASE,
)
_DID = re.compile(
    rf"\b(?:{_PERSON}|{_TEAM})(?: (?:who|that|at|of|from|in|on))?(?: [\w'’-]+){{0,4}}? {_ACTING}{_WRONG}\b",
    re.IGNORECASE,
)
_VENDOR_DID = re.compile(
    rf"\b(?:our |the |a |an |one of our )?{_VENDOR}(?:['’]s? (?:[\w-]+ ){{0,3}}(?:outage|failure|fault|downtime"
    rf"|incident|problems?|bug|error|mistake|poor)|(?: [\w'’-]+){{0,3}}? (?:{_WRONG}|(?:is|are|was|were|went"
    rf"|has been) (?:down|unavailable|unreliable|offline|having (?:an |a )?(?:outage|problems?|issues?))|(?:is"
    rf"|are|was) (?:having|experiencing|suffering)|outage|having (?:an |a )?outage)\b)",
    re.IGNORECASE,
)
_GAP = r"(?:(?!across |in |for |on |between |within |when )[\w'’-]+ ){0,4}?"
_THROUGH = re.compile(
    rf"\b(?:due to|because of|caused by|result of|thanks to|owing to) {_GAP}(?:our |the |a |an |one of our )?"
    rf"(?:{_VENDOR}|{_PERSON}|(?:[\w-]+ ){{0,2}}team)\b"
    rf"|\b(?:issue|problem|outage|failure|fault|incident|bug|error|trouble)s? (?:at|from|by|with) "
    rf"(?:(?:our|the|a|an|one of our|multiple|several) {_GAP}(?:vendors?|suppliers?|providers?|partners?"
    rf"|third[- ]part(?:y|ies)|"
    rf"contractors?|carriers?|data ?cent(?:er|re))|(?<=at ){_VENDOR_NAMES})\b",
    re.IGNORECASE,
)
_WAITING = re.compile(
    rf"\b(?:await\w*|waiting (?:for|on)) (?:\w+ ){{0,5}}?(?:from |by |for )?(?:our |the )?{_VENDOR}(?: to)?\b",
    re.IGNORECASE,
)
_FORMS = (
    (_OUTRIGHT, "This says whose fault it is.", "Say what happened to the system, not who did it."),
    (_DID, "This puts it on a person or a team.", "Say what happened to the system: “a change was made that …”"),
    (
        _VENDOR_DID,
        "This puts it on somebody outside.",
        "Say what your customers feel; name others only where they must act on it.",
    ),
    (_THROUGH, "This puts it on somebody.", "Say what does not work, and that you work with whoever can help."),
    (
        _WAITING,
        "This says that others are to act, and you wait.",
        "Say what you do meanwhile: “We work with our provider on it.”",
    ),
)
_NOT_BLAME = re.compile(
    r"\b(?:no|not|n['’]t|without|never|nobody(?: is)?|no one(?: is)?|avoid\w*) (?:\w+ ){0,3}$", re.IGNORECASE
)
_UNDONE = re.compile(
    r"\b(?:team|teams|engineers?) (?:\w+ ){0,3}(?:has|have|is|are) (?:identified|fixed|working|investigating"
    r"|restored|resolved|rolled|applied|deployed a fix)",
    re.IGNORECASE,
)


def blame(passage: Passage, ground: Ground) -> Iterator[Flag]:
    """Whoever is made out to be at fault, for every audience."""
    if not passage.is_english:
        return
    for sentence in passage.sentences:
        taken: list[tuple[int, int]] = []
        for pattern, why, suggestion in (*_FORMS, *_named(ground)):
            for match in pattern.finditer(sentence.text):
                start, end = match.span()
                if any(start < e and s < end for s, e in taken) or _NOT_BLAME.search(sentence.text[:start]):
                    continue
                if pattern is _DID and _UNDONE.search(match.group()):
                    continue
                taken.append((start, end))
                yield passage.flag("blame", sentence.start + start, sentence.start + end, why, suggestion)


def _named(ground: Ground) -> Iterator[tuple[re.Pattern[str], str, str]]:
    """People of the house by name, whole or the first name alone."""
    names = {part for name in ground.people for part in (name, name.split()[0] if name.split() else "")} - {""}
    known = [re.escape(name) for name in sorted(names, key=len, reverse=True) if len(name) >= 2 and name[0].isupper()]
    if known:
        who = re.compile(rf"(?<!\w)(?:{'|'.join(known)})(?:(?i: [\w'’-]+){{0,4}}?) (?i:{_ACTING}{_WRONG})\b")
        yield who, "This puts it on a person.", "Say what happened to the system, not who did it."
