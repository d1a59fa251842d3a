"""把一条回复变成平台装得下的几段文字。"""

from bot.message import Outgoing


def with_choices(message: Outgoing) -> str:
    """The text, and below it what to type for the buttons that the text itself does not name."""
    unsaid = [button.say for button in message.buttons if button.say not in message.text]
    return f"{message.text}\n也可以直接回复：{'、'.join(unsaid)}" if unsaid else message.text


def split_bytes(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` UTF-8 bytes, cut at line borders where possible, never inside a character."""
    parts: list[str] = []
    room = ""
    for piece in (piece for line in text.split("\n") for piece in _pieces(line, limit)):
        longer = f"{room}\n{piece}" if room else piece
        if room and len(longer.encode()) > limit:
            parts.append(room)
            longer = piece
        room = longer
    return [part for part in (*parts, room) if part.strip()]


def _pieces(line: str, limit: int) -> list[str]:
    data, pieces = line.encode(), []
    while len(data) > limit:
        piece = data[:limit].decode("utf-8", "ignore")  # drops the character that was cut in half
        pieces.append(piece)
        data = data[len(piece.encode()) :]
    return [*pieces, data.decode()]
