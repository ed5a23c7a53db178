"""PNG files, chunk by chunk: drop what says when and by what program a picture was made, keep every pixel."""

from __future__ import annotations

import base64
import binascii
import re

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DROPPED = {b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"}
PNG_URI = re.compile(r"(data:image/png;base64,)([A-Za-z0-9+/=]+)")


def strip_metadata(png: bytes) -> bytes:
    """Return the PNG file without its texts, time stamp and EXIF data; the pixels' bytes stay as they are.

    Raises
    ------
    ValueError
        If `png` is not a whole PNG file.
    """
    if not png.startswith(_SIGNATURE):
        raise ValueError(f"png: expected a PNG file, got bytes that begin with {png[:8]!r}")
    kept = [_SIGNATURE]
    start = len(_SIGNATURE)
    while start < len(png):
        end = start + 12 + int.from_bytes(png[start : start + 4], "big")  # length, type, data, checksum
        if end > len(png):
            raise ValueError("png: expected a whole PNG file, got one that ends inside a chunk")
        if png[start + 4 : start + 8] not in _DROPPED:
            kept.append(png[start:end])
        start = end
    return b"".join(kept)


def strip_base64(text: str) -> str:
    """Return a PNG in base64 without its metadata, on one line; what is no PNG comes back as it was."""
    try:
        png = base64.b64decode(text, validate=False)
        return base64.b64encode(strip_metadata(png)).decode("ascii")
    except (binascii.Error, ValueError):
        return text


def strip_data_uris(html: str) -> str:
    """Return `html` with the metadata of every PNG inside it dropped."""
    return PNG_URI.sub(lambda match: match[1] + strip_base64(match[2]), html)
