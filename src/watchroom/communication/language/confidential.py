"""Secrets in an update's words: keys, tokens, passwords, and what leads into the house's own network.

By the forms in which issuers publish their keys so that scanners find them, and by what people write beside a password.
Never repeats what it found in a sentence. Formats: RFC 7519 (JWT), RFC 7468 (PEM), RFC 3986 (user information in a
URL), RFC 6762 and RFC 8375 (names of local networks). Pure.
"""

import re
from collections.abc import Iterator

from watchroom.communication.language.flag import Flag
from watchroom.communication.language.ground import Ground
from watchroom.communication.language.passage import Passage

_KEYS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bgh[opsur]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|\bglpat-[\w-]{16,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}"
    r"|\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9+/=]{16,}"
    r"|\bsk-[A-Za-z0-9_-]{20,}"
    r"|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}"
    r"|\bSG\.[\w-]{16,}\.[\w-]{16,}"
    r"|\bnpm_[A-Za-z0-9]{20,}|\bpypi-[\w-]{20,}|\bdop_v1_[a-f0-9]{32,}|\bhvs\.[\w-]{20,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.?[\w-]*"
)
_BEARER = re.compile(r"\b(?:bearer|basic) +([A-Za-z0-9._~+/-]{12,}={0,2})(?![\w])", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"\b(?:pass(?:word|wd|phrase|code)|pwd|pw|secret(?: key)?|api[ _-]?key|access[ _-]?key|private[ _-]?key"
    r"|auth[ _-]?token|"
    r"access[ _-]?token|token|client[ _-]?secret|credentials?|pin|passwort|kennwort|mot de passe|contraseña)"
    r"(?: (?:is|was|to|ist|=)|[ ]?[:=]|(?: is| was)?:) ?[\"'“`]?"
    r"((?=[^\s\"'”`]*[\d!@#$%^&*_+=/-])[^\s\"'”`,;]{4,})",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,80}:[^\s/@]{1,200}@[^\s]+", re.IGNORECASE)
_IN_QUERY = re.compile(
    r"\bhttps?://[^\s?#]+\?[^\s]*\b(?:token|access_token|api_?key|key|sig|signature|secret|password|auth|code"
    r"|X-Amz-Signature)="
    r"[^\s&]{6,}[^\s]*",
    re.IGNORECASE,
)
_LONG_HEX = re.compile(r"(?<![\w/-])[0-9a-f]{32,128}(?![\w-])", re.IGNORECASE)
_MIXED = re.compile(
    r"(?<![\w/.@-])(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])(?=[A-Za-z0-9+/_-]*\d)[A-Za-z0-9+/_-]{24,}={0,2}(?![\w.-])"
)
_INTERNAL_HOST = re.compile(
    r"(?<![\w@.-])(?:https?://)?(?:[A-Za-z0-9_-]{1,63}\.){0,6}"
    r"(?:(?:[A-Za-z0-9_-]{1,63}\.)(?:internal|local|localdomain|lan|corp|intranet|private|svc|home\.arpa"
    r"|cluster\.local|consul)"
    r"|localhost)(?::\d{1,5})?(?:/[^\s]*)?(?![\w-]|\.\w)",
    re.IGNORECASE,
)
_BARE_HOST_URL = re.compile(
    r"\bhttps?://(?:[A-Za-z0-9_-]+|\d{1,3}(?:\.\d{1,3}){3})(?::\d{1,5})?(?:/[^\s]*)?(?![\w.-])", re.IGNORECASE
)
_TOOL_URL = re.compile(
    r"(?<![\w.@-])(?:https?://)?(?:grafana|kibana|prometheus|alertmanager|jenkins|argocd|vault|consul|nagios"
    r"|zabbix|splunk|wiki|confluence|"
    r"jira|gitlab|git|vpn|admin|staging|stage|dev|int|intra|rundeck|sonar|nexus|artifactory|k8s|runbooks?)"
    r"\d*(?:-[A-Za-z0-9-]{1,63})?\.(?:[A-Za-z0-9-]{1,63}\.)+[a-z]{2,}(?::\d{1,5})?(?:/[^\s]*)?",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"(?<![\w@.-])(?:ip-\d{1,3}(?:-\d{1,3}){3}[\w.-]*|(?:[a-z]{2,12}-?){1,4}\d{1,4}\.(?:prod|prd|stg|staging"
    r"|dev|int|test|dc\d|eu|us|ap)[\w.-]*)\b",
    re.IGNORECASE,
)
_RESOURCE = re.compile(r"\barn:aws[\w-]*:[\w:/.*-]{8,}|\bs3://[\w./-]{3,}|\bgs://[\w./-]{3,}|\bi-[0-9a-f]{8,17}\b")
_PATH = re.compile(r"(?<![\w/.:])/(?:etc|var|opt|srv|home|root|usr|mnt|data)/[\w./-]+")

_FORMS: tuple[tuple[re.Pattern[str], int, str, str], ...] = (
    (_KEYS, 0, "This has the form of a key or token.", "Take it out, and change it: it stands in a record now."),
    (_BEARER, 1, "This is a token for signing in.", "Take it out, and change it."),
    (_ASSIGNED, 1, "This reads like a password or key.", "Take it out, and change it."),
    (_IN_URL, 0, "This address holds a name and a password.", "Take it out, and change the password."),
    (_IN_QUERY, 0, "This link lets in whoever has it.", "Give the link without what follows the question mark."),
    (_LONG_HEX, 0, "This may be a key; to a reader it means nothing.", "Leave it out."),
    (_MIXED, 0, "This may be a key; to a reader it means nothing.", "Leave it out."),
)
_INSIDE: tuple[tuple[re.Pattern[str], str], ...] = (
    (_INTERNAL_HOST, "This address is of your own network."),
    (_BARE_HOST_URL, "This address works inside your network only."),
    (_TOOL_URL, "This reads like a tool of your own."),
    (_MACHINE, "This is the name of a machine of yours."),
    (_RESOURCE, "This names a resource of your infrastructure."),
    (_PATH, "This is a path on a machine of yours."),
)


def secrets(passage: Passage, ground: Ground) -> Iterator[Flag]:
    """Keys and passwords for every audience; inside addresses for those outside."""
    for pattern, group, why, suggestion in _FORMS:
        for start, end, _ in passage.find(pattern, group):
            yield passage.flag("secret", start, end, why, suggestion)
    if not ground.is_external:
        return
    for pattern, why in _INSIDE:
        for start, end, _ in passage.find(pattern):
            yield passage.flag("secret", start, end, why, "Say what does not work, in the words of who uses it.")
