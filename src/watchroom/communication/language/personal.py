"""Personal data in an update's words: addresses, numbers, names of people and of customers.

By form and checksum in every language, by cues in English. Formats: E.164 (phone numbers), ISO 13616 (IBAN, modulo 97),
ISO/IEC 7812 (card numbers, Luhn), RFC 5322 in its usual shape (mail addresses), RFC 4291 (IPv6). Pure.
"""

import ipaddress
import re
from collections.abc import Iterator

from watchroom.communication.language.flag import Flag
from watchroom.communication.language.ground import Ground
from watchroom.communication.language.passage import Passage

_MAIL = re.compile(r"(?<![\w.+-])[\w.+%-]{1,64}@[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){1,6}\b")
_SHARED_BOXES_WORDS = (
    "support help helpdesk service services status security privacy dpo info contact hello noreply no-reply "
    "sales press media abuse legal billing feedback office team customerservice customercare care incident "
    "incidents"
)
_SHARED_BOXES = frozenset(_SHARED_BOXES_WORDS.split())
_PHONE = re.compile(
    r"(?<![\w.:/-])(?<!\d )(?:\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){2,6}\d{2,5}|\(\d{2,5}\)[ .-]?\d{3,4}[ "
    r".-]?\d{3,5}"
    r"|\d{3}[ .-]\d{3}[ .-]\d{4}|0\d{2,5}[ /-]\d{3,5}(?:[ -]?\d{2,5}){0,2})(?![\w:/-]|\.\d| \d)"
)
_TOLL_FREE = re.compile(r"^(?:\+?1[ .-]?)?\(?8(?:00|33|44|55|66|77|88)\b|^\+?\d{0,3}[ .-]?0?800\b|^0[58]00\b|^00?800")
_CARD = re.compile(r"(?<![\w-])[3-6]\d{3}(?:[ -]?\d{2,6}){2,4}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:/\d{1,3})?(?![\w:])")
_VERSION_BEFORE = re.compile(
    r"(?:\bversions?|\brelease|\bbuild|\bfirmware|\bv|\bsection|\bagent)[ .:-]*$", re.IGNORECASE
)
_SOCIAL_SECURITY = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-\d{2}-\d{4}(?![\w-])")
_NUMBERED = re.compile(
    r"\b(?:customer|client|account|user|member|patient|subscriber|policy|passport|order|invoice|tenant)"
    r"(?:['’]s)?[ -]?(?:id|no\.?|nr\.?|number|#|reference)s?(?: is| was|:)? ?#? "
    r"?((?=[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{3,24})\b",
    re.IGNORECASE,
)
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Mx|Dr|Prof|Herr|Frau|Mme|Señora?|Sig)\.? (?:[A-Z][\w'’-]+)(?: [A-Z][\w'’-]+)?")
_COMPANY = re.compile(
    r"\b(?:[A-Z][\w&'’-]*,? ){1,4}(?:GmbH|Inc|Ltd|LLC|LLP|AG|Corp|Corporation|Limited|plc|PLC|S\.?A\.?"
    r"|S\.?A\.?S|BV|B\.V|NV|SE|Oy|AB|"
    r"ApS|S\.?p\.?A|KG|Pty|SARL|Bank|Airlines|Insurance|University|Hospital|Group)\b"
)
_CUSTOMER_NAMED = re.compile(
    r"\b(?:[Cc]ustomers?|[Cc]lients?|[Tt]enants?|[Aa]ccounts?|[Pp]atients?|[Mm]erchants?)(?:,? (?:such as|like"
    r"|including|named|called|e\.g\.,?|for example))? "
    r"((?!Support|Service|Impact|Facing|Area|Journey|Region|Relations|Satisfaction|Success|Care|Portal|Center"
    r"|Centre|Experience|Data|API|Console|Management|Managed|Identity|Engagement|In|On|The|We|You|Some|All|Who"
    r"|May|Can|At|As|If|For|To|From|Between|With|Using|Trying|Whose|Experienc|Should|Will|Are|Were|In)"
    r"[A-Z][a-z]+[\w&-]*(?: [A-Z][\w&-]+){0,2})"
)
_ROLE_NAMES_WORDS = (
    "support sales legal leadership marketing finance customer customers client management security billing "
    "operations engineering product ceo cto cfo coo ciso board press pr success care partner partners vendor "
    "supplier team monitoring regulator compliance helpdesk desk service office hq director"
)
_ROLE_NAMES = frozenset(_ROLE_NAMES_WORDS.split())


def personal_data(passage: Passage, ground: Ground) -> Iterator[Flag]:
    """Mail addresses, phone, card and account numbers, IP addresses, names."""
    yield from _addresses(passage)
    yield from _numbers(passage)
    for name in (*ground.people, *ground.customers):
        if _is_name(name):
            for start, end, _ in passage.find(re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)):
                whose = "one of your customers" if name in ground.customers else "a person of your house"
                yield passage.flag(
                    "personal_data",
                    start,
                    end,
                    f"This names {whose}.",
                    "Leave the name out: say what is affected, not who.",
                )
    if not passage.is_english:
        return
    for pattern, group in ((_TITLED, 0), (_CUSTOMER_NAMED, 1), (_COMPANY, 0)):
        if pattern is _COMPANY and not ground.is_external:
            continue
        for start, end, _ in passage.find(pattern, group):
            yield passage.flag(
                "personal_data",
                start,
                end,
                "This reads like the name of a customer or a person; others would learn that they are affected.",
                "Say “some customers”, with how many or which region.",
            )


def _addresses(passage: Passage) -> Iterator[Flag]:
    for start, end, match in passage.find(_MAIL):
        if match.group().partition("@")[0].lower() not in _SHARED_BOXES:
            yield passage.flag(
                "personal_data",
                start,
                end,
                "This is somebody's mail address.",
                "Leave it out, or give the support address.",
            )
    for pattern in (_IPV4, _IPV6):
        for start, end, match in passage.find(pattern):
            if _is_address(match.group()) and not _VERSION_BEFORE.search(match.string[: match.start()][-20:]):
                yield passage.flag(
                    "personal_data",
                    start,
                    end,
                    "An IP address can lead to a person, or into your network.",
                    "Say what is affected in words.",
                )


def _numbers(passage: Passage) -> Iterator[Flag]:
    for start, end, match in passage.find(_CARD):
        if is_card(match.group()):
            yield passage.flag(
                "personal_data",
                start,
                end,
                "This is a valid card number.",
                "Take it out; redact it in the room too.",
            )
    for start, end, match in passage.find(_IBAN):
        if is_iban(match.group()):
            yield passage.flag(
                "personal_data",
                start,
                end,
                "This is a valid bank account number (IBAN).",
                "Take it out; redact it in the room too.",
            )
    for start, end, match in passage.find(_PHONE):
        digits = sum(letter.isdigit() for letter in match.group())
        if 8 <= digits <= 15 and not _TOLL_FREE.search(match.group()) and not is_card(match.group()):
            yield passage.flag(
                "personal_data", start, end, "This is a phone number.", "Leave it out, or give the support line's."
            )
    for start, end, _ in passage.find(_SOCIAL_SECURITY):
        yield passage.flag(
            "personal_data", start, end, "This has the form of a social security number.", "Take it out."
        )
    for start, end, _ in passage.find(_NUMBERED, 1):
        yield passage.flag(
            "personal_data",
            start,
            end,
            "This number leads to one customer.",
            "Say how many are affected, and tell this one directly.",
        )


def _is_name(name: str) -> bool:
    """Whether a name is told apart from ordinary words: two capitalised words, or one that is no role."""
    parts = name.split()
    if "@" in name or not parts or any(part.casefold() in _ROLE_NAMES for part in parts):
        return False
    if len(parts) >= 2:
        return len(name) >= 5 and all(part[0].isupper() or not part[0].isalpha() for part in (parts[0], parts[-1]))
    return len(name) >= 4 and name[0].isupper()


def is_card(text: str) -> bool:
    """Whether the digits are a card number: 13 to 19 of them, and Luhn's sum (source: ISO/IEC 7812-1, annex B)."""
    digits = [int(letter) for letter in text if letter in "0123456789"]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return False
    doubled = [digit * 2 if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether it is an IBAN: 15 to 34 characters, and 1 modulo 97 (source: ISO 13616-1)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34 or not plain.isascii() or not plain.isalnum():
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _is_address(text: str) -> bool:
    try:
        address = ipaddress.ip_interface(text).ip
    except ValueError:
        return False
    return not (address.version == 6 and text.strip(":") == "")
