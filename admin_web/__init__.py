"""后台网页：登录、资料维护、只看的单据和库存；写都走记账之门，读用自己的只读引擎。"""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from admin_web.door import Doorkeeper, SessionAuth
from admin_web.login import LoginPages
from admin_web.names import names_of
from admin_web.pages.home import HomePage
from admin_web.pages.reconcile import may_reconcile
from admin_web.pages.shop import may_set_up
from admin_web.pages.words import when
from admin_web.site import BooksAdmin
from admin_web.view import BooksView
from admin_web.views import VIEWS
from core.db import Books, reading_engine

HERE = Path(__file__).parent


class AdminWeb:
    """The admin and its login pages, ready for `mount`.

    `secret` signs the form tokens; `demo` offers everyone of the company at one click (decision 75).
    """

    def __init__(self, books: Books, clock: Callable[[], datetime], *, demo: bool, secret: str) -> None:
        logging.getLogger("starlette_admin").setLevel(logging.ERROR)  # below that it logs the values of rows
        self.keeper = Doorkeeper(books, clock)
        self.engine = reading_engine(books)
        self.admin = BooksAdmin(
            self.engine,
            title="掌柜",
            base_url="/admin",
            templates_dir=str(HERE / "templates"),
            static_dir=str(HERE / "static"),
            index_view=HomePage(),
            auth_provider=SessionAuth(self.keeper, secret),
            secret_key=secret,
            timezone_config=None,
        )
        for view in VIEWS:
            self.admin.add_view(view())
        _words(self.admin.templates.env.globals, self.admin)
        self.login = LoginPages(self.keeper, self.admin.templates, demo, secret)

    def close(self) -> None:
        self.engine.dispose()


def _words(env: dict[str, Any], admin: BooksAdmin) -> None:
    # Jinja2's globals dict is the one object templates look at: filled in place
    env.update(
        base=admin.base_url,
        views=[view for view in admin._views if isinstance(view, BooksView)],
        when=when,
        names_of=names_of,
        may_reconcile=may_reconcile,
        may_set_up=may_set_up,
    )


def mount(app: Starlette, web: AdminWeb) -> None:
    """/admin, /login and /logout on the app."""
    app.router.routes.extend(web.login.routes())
    web.admin.mount_to(app)


__all__ = ["AdminWeb", "mount"]
