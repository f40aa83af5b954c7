"""Write the sample's synthetic days to a folder, for whoever wants files: `python -m scripts.synthetic_days FOLDER`."""

import sys
from pathlib import Path

from bot.operations.sample import synthetic_days


def main(folder: str) -> None:
    """Write one file a day; each says that it is synthetic, in its name and in its content."""
    directory = Path(folder)
    directory.mkdir(parents=True, exist_ok=True)
    for day, body in synthetic_days().items():
        directory.joinpath(f"{day}.synthetic.json").write_bytes(body)


if __name__ == "__main__":
    main(*sys.argv[1:])
