"""The one counter between pages and the rest: views and commands, each for an actor."""

from lib.desk.access import Actor, Refused
from lib.desk.board import Board
from lib.desk.core import Desk, Outcome

__all__ = ["Actor", "Board", "Desk", "Outcome", "Refused"]
