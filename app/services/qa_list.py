"""What a person goes through before signing the QA list. Plain lines: each can be answered by looking."""

QA_LIST: tuple[str, ...] = (
    "Each card's title and unit say what is counted, in words that the client uses.",
    "The sentence under the number names the source, the day it goes by and the time zone, and it is true.",
    "One month was added up in the source's own screen, and it is the number that the card would show.",
    "The window and the one that it is compared with are as long as each other, and neither has a day missing.",
    "Test, spam, internal and duplicate rows were looked for in ten rows of the import, and they are not counted.",
    "No name, phone number, mail address or other personal value stands on a card or in its sentence.",
    "A day without data reads as unknown, and not as zero.",
    "The card can be read at 320 pixels, in dark and light, and by keyboard.",
)
