"""The desk as an operator's settings furnish it."""

import secrets

from bot.knowledge import Knowledge
from bot.settings import Settings
from handlers.desk import Desk, Rooms


class SecureRandomness:
    def token(self) -> str:
        return secrets.token_urlsafe(16)


def desk_of(settings: Settings, known: Knowledge) -> Desk:
    onebot = settings.onebot
    rooms = Rooms(
        provider=tuple(("onebot", room) for room in onebot.provider_groups) if onebot else (),
        staff=tuple(("onebot", room) for room in onebot.staff_groups) if onebot else (),
        roots=tuple(("onebot", room) for room in onebot.root_groups) if onebot else (),
    )
    hours = settings.operator.working_hours
    return Desk(
        policy=settings.market,
        matcher=known.matcher,
        services={service.code: service for service in known.services},
        rooms=rooms,
        randomness=SecureRandomness(),
        operator=settings.operator.name,
        public_url=public_url_of(settings),
        gateway=settings.pay.gateway,
        zone=settings.operator.zone,
        working_hours=str(hours),
    )


def public_url_of(settings: Settings) -> str:
    server = settings.server
    return server.public_url or f"http://{server.host}:{server.port}"
