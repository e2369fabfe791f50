"""Reading multipart forms in pieces, with a limit of their own.

The application's limit for bodies is far below what a picture or a file may have.
"""

from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

_LONGEST_FIELD = 1024


class TooLarge(ValueError):
    """More than may be uploaded here."""


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Form:
    fields: dict[str, str] = field(default_factory=dict)
    upload: Upload | None = None


async def read_form(request: web.Request, *, field: str, limit: int) -> Form:
    """Return the plain fields and the file called `field`; raises TooLarge beyond `limit` bytes."""
    form = Form()
    if not request.content_type.startswith("multipart/"):
        return form
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            continue
        if part.filename and part.name == field:
            kind = part.headers.get("Content-Type", "application/octet-stream").split(";")[0]
            form.upload = Upload(part.filename, kind.strip(), await _read(part, limit))
        elif not part.filename:
            form.fields[part.name] = (await _read(part, _LONGEST_FIELD)).decode("utf-8", "replace")
    return form


async def _read(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > limit:
            raise TooLarge(f"larger than {limit} bytes")
    return bytes(content)
