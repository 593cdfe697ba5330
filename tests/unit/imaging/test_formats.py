import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gloss.imaging import ACCEPTED, Format, inspect, sniff
from tools import pictures

LAYER = Path(__file__).parents[3] / "layers/gloss/python"


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"II*\0\x08\0\0\0", "image/tiff"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"MM\0+\0\x08\0\0", "image/tiff"),
        (b"RIFF\x20\0\0\0WEBPVP8L", "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heif"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1miaf", "image/avif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0avifmiaf", "image/avif"),
        (b"\0\0\0\x10ftypmif1\0\0\0\0avif", "image/heif"),  # the last brand is beyond the box
    ],
)
def test_sniff_knows_a_format_by_its_first_bytes(head: bytes, mime: str) -> None:
    assert sniff(head) is ACCEPTED[mime]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff\xd8",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BM\x36\0\0\0",
        b"PK\x03\x04",
        b"RIFF\x20\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        b"GIF90a",
    ],
)
def test_sniff_refuses_everything_else(head: bytes) -> None:
    assert sniff(head) is None


@pytest.mark.parametrize("decoder", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF"])
def test_sniff_recognises_what_encoders_write(decoder: str) -> None:
    found = sniff(pictures.draw("beach", size=(64, 64), format=decoder))
    assert found is not None
    assert found.decoder == decoder


def test_the_table_is_keyed_by_mime_type_and_no_extension_is_used_twice() -> None:
    assert all(format_.mime == mime for mime, format_ in ACCEPTED.items())
    extensions = [extension for format_ in ACCEPTED.values() for extension in format_.extensions]
    assert len(extensions) == len(set(extensions))
    assert all(isinstance(format_, Format) for format_ in ACCEPTED.values())


def test_the_table_is_importable_without_decoders() -> None:
    """The upload API carries neither Pillow nor numpy."""
    code = (
        "import sys\n"
        "from gloss.imaging import ACCEPTED, Inspection, sniff\n"
        "heavy = {'PIL', 'numpy', 'pillow_heif'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "import gloss.imaging\n"
        "assert callable(gloss.imaging.inspect)\n"
        "assert 'PIL' in sys.modules\n"
        "assert not hasattr(gloss.imaging, 'nothing')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(LAYER)})


@pytest.mark.parametrize("decoder", ["JPEG", "PNG", "WEBP"])
def test_a_look_without_the_palette_is_the_same_and_needs_no_numpy(decoder: str, tmp_path: Path) -> None:
    data = pictures.draw("beach", size=(64, 64), format=decoder)
    (tmp_path / "picture").write_bytes(data)
    code = (
        "import sys\n"
        "from gloss.imaging import inspect\n"
        "print(inspect(open(sys.argv[1], 'rb').read(), with_palette=False))\n"
        "assert 'numpy' not in sys.modules\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "picture")]
    done = subprocess.run(command, check=True, env={"PYTHONPATH": str(LAYER)}, capture_output=True, text=True)
    assert done.stdout.strip() == str(replace(inspect(data), palette=()))
