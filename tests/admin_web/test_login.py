"""登录：密码、链接、演示的一键进；试错有限，离职即失效，没有口令的提交进不来。"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from admin_web.door import COOKIE
from core.commands import SaveRecord
from core.sessions import hash_password, login_link, make_login_link, session, session_actor
from core.staff import staff
from tests.admin_web.conftest import Browser, make_app
from tests.make import Shop

Visit = Callable[..., Browser]
PASSWORD = "correct horse"


def give_password(shop: Shop, name: str = "小刘") -> int:
    who = int(shop.one(select(staff.c.id).where(staff.c.name == name)))
    shop.run(SaveRecord("staff", {"password": hash_password(PASSWORD)}, who))
    return who


def test_password_opens_a_session(lite_shop: Shop, visit: Visit) -> None:
    give_password(lite_shop)
    browser = visit()
    assert (
        browser.get("/admin/stock/list?q=x", follow_redirects=False).headers["location"]
        == "/login?next=%2Fadmin%2Fstock%2Flist%3Fq%3Dx"
    )
    answer = browser.fill("/login", {"name": "小刘", "password": PASSWORD, "next": "/admin/stock/list"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/stock/list")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert "小刘" in browser.get("/admin/").text


def test_cookie_is_secure_over_https(lite_shop: Shop) -> None:
    give_password(lite_shop)
    with Browser(make_app(lite_shop), base_url="https://testserver") as browser:
        assert (
            "Secure" in browser.fill("/login", {"name": "小刘", "password": PASSWORD}).headers["set-cookie"]
        )


def test_login_makes_a_new_session_and_closes_the_old(lite_shop: Shop, visit: Visit) -> None:
    give_password(lite_shop)
    browser = visit("小刘")
    old = browser.cookies[COOKIE]
    token = browser.hidden("/admin/more")
    browser.post("/login", data=token | {"name": "小刘", "password": PASSWORD}, follow_redirects=False)
    assert browser.cookies[COOKIE] != old
    assert session_actor(lite_shop.books, old, lite_shop.now) is None


def test_only_hashes_are_kept(lite_shop: Shop, visit: Visit) -> None:
    browser = visit("小刘")
    kept = [row.token_hash for row in lite_shop.rows(select(session))]
    assert browser.cookies[COOKIE] not in kept
    assert PASSWORD not in str(lite_shop.rows(select(staff)))


@pytest.mark.parametrize("name", ["小刘", "没有这个人"])
def test_five_wrong_tries_close_the_door_for_a_quarter(lite_shop: Shop, visit: Visit, name: str) -> None:
    give_password(lite_shop)
    browser = visit()
    for _ in range(5):
        assert "名字或密码不对" in browser.fill("/login", {"name": name, "password": "nope"}).text
    blocked = browser.fill("/login", {"name": "小刘", "password": PASSWORD})  # by name, or by address
    assert blocked.status_code == 403
    assert "15 分钟后再试" in blocked.text
    lite_shop.now += timedelta(minutes=16)
    assert browser.fill("/login", {"name": "小刘", "password": PASSWORD}).status_code == 303


def test_link_works_once_and_five_minutes(lite_shop: Shop, visit: Visit) -> None:
    who = lite_shop.people["小刘"].id
    token = make_login_link(lite_shop.books, who, lite_shop.now)
    assert lite_shop.rows(select(login_link))[0].token_hash != token
    browser = visit()
    page = browser.get(f"/login?token={token}")
    assert "您好，小刘" in page.text
    browser.get(f"/login?token={token}")  # a messenger that previews the link uses nothing up
    assert browser.fill("/login", {"token": token}, f"/login?token={token}").status_code == 303
    assert "用过了" in visit().get(f"/login?token={token}").text
    assert "用过了" in visit().fill("/login", {"token": token}).text
    late = make_login_link(lite_shop.books, who, lite_shop.now)
    lite_shop.now += timedelta(minutes=6)
    assert "5 分钟" in visit().fill("/login", {"token": late}).text


def test_demo_lets_one_choose_a_person_and_nothing_else_does(lite_shop: Shop, visit: Visit) -> None:
    who = str(lite_shop.people["小刘"].id)
    assert "点一下就进" not in visit().get("/login").text
    assert visit().fill("/login", {"person": who}).status_code == 403
    with Browser(make_app(lite_shop, demo=True)) as browser:
        page = browser.get("/login").text
        assert "小刘" in page
        assert "掌柜</b>" not in page
        assert browser.fill("/login", {"person": str(lite_shop.people["掌柜"].id)}).status_code == 403
        assert browser.fill("/login", {"person": who}).status_code == 303


def test_a_leavers_session_dies_at_once(lite_shop: Shop, visit: Visit, boss: Browser) -> None:
    his = visit("小刘")
    assert his.get("/admin/", follow_redirects=False).status_code == 200
    who = lite_shop.people["小刘"].id
    boss.fill("/admin/staff/active", {"pk": who, "active": "0"}, f"/admin/staff/detail?pk={who}")
    assert his.get("/admin/", follow_redirects=False).status_code == 303
    assert lite_shop.one(select(func.count()).select_from(session).where(session.c.staff_id == who)) == 0
    boss.fill("/admin/staff/active", {"pk": who, "active": "1"}, f"/admin/staff/detail?pk={who}")
    assert his.get("/admin/", follow_redirects=False).status_code == 303


def test_sessions_end_after_a_fortnight_and_on_leaving(lite_shop: Shop, visit: Visit) -> None:
    browser = visit("小刘")
    lite_shop.now += timedelta(days=13)
    assert browser.get("/admin/", follow_redirects=False).status_code == 200
    lite_shop.now += timedelta(days=2)
    assert browser.get("/admin/", follow_redirects=False).status_code == 303
    other = visit("小刘")
    other.post("/logout", data=other.hidden("/admin/more"))
    assert lite_shop.one(select(func.count()).select_from(session)) == 0


def test_a_new_password_ends_the_other_sessions(lite_shop: Shop, visit: Visit, boss: Browser) -> None:
    his, who = visit("小刘"), lite_shop.people["小刘"].id
    short = boss.fill(f"/admin/staff/edit?pk={who}", {"name": "小刘", "roles": "销售", "password": "short"})
    assert (short.status_code, "至少 8 位" in short.text, 'value="short"' in short.text) == (422, True, True)
    assert (
        boss.fill(
            f"/admin/staff/edit?pk={who}", {"name": "小刘", "roles": "销售", "password": PASSWORD}
        ).status_code
        == 303
    )
    assert his.get("/admin/", follow_redirects=False).status_code == 303
    assert visit().fill("/login", {"name": "小刘", "password": PASSWORD}).status_code == 303
    page = boss.get(f"/admin/staff/edit?pk={who}").text + boss.get(f"/admin/staff/detail?pk={who}").text
    assert "argon2" not in page


@pytest.mark.parametrize(
    "url", ["/login", "/logout", "/admin/product/create", "/admin/staff/active", "/admin/staff/binding-code"]
)
def test_without_the_form_token_nothing_is_taken(boss: Browser, url: str) -> None:
    boss.get("/admin/")
    for data in ({}, {"csrftoken": "made-up"}):
        answer = boss.post(url, data=data, follow_redirects=False)
        assert (answer.status_code, "请返回上一页" in answer.text) == (403, True)


@pytest.mark.parametrize(
    "next_",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\t//evil.example"],
)
def test_login_leads_to_our_own_pages_only(lite_shop: Shop, visit: Visit, next_: str) -> None:
    give_password(lite_shop)
    assert (
        visit().fill("/login", {"name": "小刘", "password": PASSWORD, "next": next_}).headers["location"]
        == "/admin/"
    )
