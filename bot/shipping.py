"""`make vectors`: what the shipped catalogue, its examples and talk mean, put beside them.

Without this file nothing is wrong: whoever has the model learns the texts once, in a minute or two.
"""

import sys

from bot import semantic
from bot.commands.match import shipped


def main() -> None:
    services, _ = shipped()

    def tell(done: int, total: int) -> None:
        sys.stderr.write(f"\r{done} of {total} texts")

    count = semantic.ship(services, semantic.SentenceModel(), tell)
    sys.stderr.write(f"\n{semantic.SHIPPED}: {count} texts\n")


if __name__ == "__main__":
    main()
