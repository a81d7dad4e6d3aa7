"""How the commands that `line` reads itself are typed, in the order of an incident. Read by `line` and by the pages."""

from watchroom.web.command_bar.form import WHY, Part, Typed, choice, led, may, text, thing, time, typed, who

ROLE = Part("ROLE", "role", "commander, tech, comms, scribe, liaison, expert")
AUDIENCE = Part("AUDIENCE", "audience", "who reads it")
SAW = may(text("what you saw", "WHAT YOU SAW"))
NEXT = may(time("when they hear again", "20m|14:30"), "next")

FIRST: tuple[Typed, ...] = (
    typed("declare", "say that this is an incident", text("what is wrong, in a few words", "TITLE")),
    typed("sev", "rate it", choice("1 is the worst; in doubt the higher", "1", "2", "3", "4"), WHY),
    typed("impact", "what customers cannot do", text("in their words")),
    typed("trend", "where it is heading", choice("how it goes", "worse", "stable", "better")),
    typed("theory", "put up a theory", text("what it could be; guesses are welcome")),
    typed(
        "evidence",
        "what speaks for or against it",
        thing("H", "the theory"),
        choice("which way it speaks", "for", "against"),
        text("what you saw"),
    ),
    typed("test", "begin to test a theory", thing("H", "the theory")),
    typed("supported", "the evidence supports it", thing("H", "the theory"), may(text("what shows it", "WHY"))),
    typed("ruleout", "drop a theory", thing("H", "the theory"), may(text("what speaks so clearly against it", "WHY"))),
    typed(
        "try",
        "propose a try",
        text("what you want to do", "WHAT"),
        may(text("what should be seen, and by when", "EXPECTED"), "|"),
        may(text("how it is taken back", "WAY BACK"), "|"),
    ),
    typed("start", "it is being done", thing("I", "the try")),
    typed("helped", "it helped", thing("I", "the try"), SAW),
    typed("noeffect", "it did nothing", thing("I", "the try"), SAW),
    typed("worse", "it made it worse", thing("I", "the try"), SAW),
    typed("tooearly", "too early to tell", thing("I", "the try"), SAW),
    typed("revert", "it was taken back", thing("I", "the try")),
    typed("mitigated", "customers hurt no longer", may(Part("I1 or WHAT STOPPED IT", "I", "a try, or in words"))),
    typed("returned", "customers hurt again", may(text("what they feel"))),
    typed(
        "update",
        "tell an audience, and when it hears next",
        AUDIENCE,
        text("what they cannot do, and since when"),
        NEXT,
    ),
    typed("take", "take a role: commander, tech, comms, scribe", ROLE),
    typed(
        "lead",
        "give somebody a role",
        ROLE,
        who(shown="PERSON"),
        may(text("what they may do without asking", "WHAT"), "may"),
    ),
    typed("handover", "hand a role over", ROLE, who(shown="PERSON"), may(text("what they must know", "BRIEF"))),
    typed("release", "let a role go", ROLE),
    typed("own", "who looks after a cycle", Part("CYCLE", "cycle", "the cycle"), who(shown="PERSON")),
    typed("join", "say that you are here"),
    typed("note", "write down what you see", text("what you see")),
    typed("tell", "say something to one person; everybody here reads it", who(), text("what you say to them")),
    typed("title", "what it is called from now on", text("in a few words: what customers cannot do", "TITLE")),
    typed("services", "which services it is about, all", Part("A, B", "services", "names, with commas between")),
    typed("category", "what kind of incident it is", Part("A, B", "category", "names, with commas between")),
)
LAST: tuple[Typed, ...] = (
    typed(
        "resolve",
        "it is over; is it understood?",
        choice("whether it is understood; no is an honest answer", "yes", "partly", "no"),
        may(text("what it was, and what is not known")),
    ),
    typed(
        "close",
        "put the room away",
        choice("whether a review is held", "review", shown="review"),
        may(who("who holds it", "PERSON")),
        may(time("by when", "DATE")),
        other="/close no review because WHY",
    ),
    typed("reopen", "it goes on", may(text("what happened", "WHY"))),
    typed("adopt", "go on by the profile that the house goes by now", WHY),
    typed("undo", "take back what you did last", may(Part("NUMBER", "number", "or that entry of yours"))),
    typed(
        "redact",
        "purge for good what an entry says",
        Part("NUMBER", "number", "the number at the entry's end"),
        led("because", text("what it was; do not repeat it", "WHY")),
    ),
    typed("help", "show what can be typed"),
)
