"""Sending to people outside of a reply: WeChat's customer-service messages."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import PurePath

from bot.channels import Delivery, Receipt
from bot.channels.errors import (
    ChannelError,
    ContentRefused,
    OutcomeUnknown,
    PermanentlyRefused,
    Unavailable,
)
from bot.channels.wechat.client import MAX_MEDIA_BYTES, WeChatApi
from bot.channels.wechat.documents import legal
from bot.channels.wechat.inbound import CHANNEL, SAY_PREFIX
from bot.channels.wechat.replies import LinkText, link_text, shown_text
from handlers.message import Choice, Media, Message

ReadMedia = Callable[[Media], Awaitable[bytes]]
"""The content of a picture of ours; given by the app."""

_LONGEST_SAY = 60
_PICTURES = {".jpg", ".jpeg", ".png", ".gif", ".bmp"}

Send = Callable[[], Awaitable[object]]


def messages_needed(message: Message) -> int:
    """How many of a window's messages the platform will count for this one."""
    pictures = sum(media.kind == "image" for media in message.media)
    words = bool(message.text or message.choices or len(message.media) > pictures)
    return pictures + words


class WeChatChannel:
    """Sends to the followers of one Official Account."""

    def __init__(self, api: WeChatApi, read_media: ReadMedia, link: LinkText = link_text) -> None:
        self._api = api
        self._read_media = read_media
        self._link = link

    @property
    def name(self) -> str:
        return CHANNEL

    @property
    def is_open(self) -> bool:
        return True

    async def send(self, delivery: Delivery) -> Receipt:
        """Send words (with choices as a tappable menu), then pictures.

        The platform has no key against doubles: what was sent in part, or may have been, is
        OutcomeUnknown and must not be repeated blindly.
        """
        if delivery.account is None:
            raise PermanentlyRefused("an Official Account has no rooms")
        # Uploads first: if one fails, nothing has been said yet.
        pictures = [
            await self._upload(media) for media in delivery.message.media if media.kind == "image"
        ]
        sends = self._sends(delivery.account, delivery.message, pictures)
        if not sends:
            raise ContentRefused("nothing to say")
        for done, send in enumerate(sends):
            try:
                await send()
            except ChannelError as error:
                if done == 0:
                    raise
                raise OutcomeUnknown(
                    f"{done} of {len(sends)} parts sent, then: {error.reason}"
                ) from error
        return Receipt()

    async def fetch_media(self, ref: str, max_bytes: int = MAX_MEDIA_BYTES) -> bytes:
        """What somebody sent us, by the platform's id; raises a ChannelError."""
        return await self._api.fetch_media(ref, max_bytes)

    def _sends(self, account: str, message: Message, pictures: list[str]) -> list[Send]:
        text = shown_text(message, self._link, with_choices=False)
        api = self._api.message
        sends: list[Send] = []
        if message.choices:
            menu = {"head_content": text, "list": menu_items(message.choices), "tail_content": ""}
            sends.append(partial(api.send_msg_menu, account, menu))
        elif text:
            sends.append(partial(api.send_text, account, text))
        sends.extend(partial(api.send_image, account, ref) for ref in pictures)
        return sends

    async def _upload(self, media: Media) -> str:
        content = await self._read_media(media)
        suffix = PurePath(media.name or media.ref).suffix.lower()
        # Our own name: whatever people call their files stays out of the form's headers.
        name = f"picture{suffix if suffix in _PICTURES else '.jpg'}"
        try:
            stored = await self._api.media.upload("image", (name, content))
        except OutcomeUnknown as error:
            raise Unavailable(f"upload: {error.reason}") from error  # uploading twice is harmless
        media_id = stored.get("media_id")
        if not isinstance(media_id, str):
            raise Unavailable("upload: no media_id in the answer")
        return media_id


def menu_items(choices: tuple[Choice, ...]) -> list[dict[str, str]]:
    """The list of a `msgmenu`. A tap comes back as a text with the label and the item's id.

    So the id carries what the choice says: it stays right however old the menu is.
    """
    return [
        {
            "id": SAY_PREFIX + choice.say if len(choice.say) <= _LONGEST_SAY else str(number),
            "content": legal(choice.label),
        }
        for number, choice in enumerate(choices, 1)
    ]
