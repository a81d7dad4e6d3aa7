"""The demo company's people: invented, said to be so wherever they are shown, and there in a demo alone.

`welcome` adds them; `Directory` marks them by what is here, and hides them from an install that is no demo (any more).
Nobody of the house is ever mistaken for one of them: where both are meant, the house's own person is. Pure.
"""

SETUP_ACTOR = "system:setup"
MARK = " (demo)"
_DOMAIN = "@demo.example"


def is_demo(email: str, actor: str) -> bool:
    """Whether whoever was added by this actor is one of the demo's, and nobody that a person has added."""
    return actor == SETUP_ACTOR and email.endswith(_DOMAIN)


def marked(name: str) -> str:
    """How one of the demo's people is shown."""
    return f"{bare(name)}{MARK}"


def bare(name: str) -> str:
    """A name as people say it, without the mark."""
    return name.removesuffix(MARK)


def is_marked(name: str) -> bool:
    """Whether a name is shown as one of the demo's."""
    return name.endswith(MARK)
