"""QQ through OneBot v11: implementations dial us (reverse WebSocket), one or several bots.

    connections = Connections()
    routes = onebot_routes(account, take_turn, connections)   # receives
    channel = OneBotChannel(connections, pictures=folder)     # sends
    await connections.close()                                 # when shutting down

Sending needs the sockets of the process that received them: with several processes the outbox of
this channel must be drained where the web part runs.
"""

from bot.channels.onebot.accounts import OneBotAccount, refuse_unsafe
from bot.channels.onebot.channel import OneBotChannel
from bot.channels.onebot.connections import Connections, Patience
from bot.channels.onebot.endpoint import PATH, onebot_routes

__all__ = [
    "PATH",
    "Connections",
    "OneBotAccount",
    "OneBotChannel",
    "Patience",
    "onebot_routes",
    "refuse_unsafe",
]
