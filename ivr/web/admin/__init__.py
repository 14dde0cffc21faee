"""The administration pages under `/admin`: server-rendered, without need of JavaScript, one small file a page.

How a page is added:

1. Write `views/NAME.py` with `blueprint = Blueprint("NAME", __name__, url_prefix="/NAME")` and
   `LINKS = (Link("Title", "NAME.index", Role.VIEWER),)`: what the navigation shows, and to whom.
2. Add `NAME` to `VIEWS` in `navigation.py`; their order there is the navigation's.
3. A view is an ordinary function. `@needs(Role.EDITOR)` says who may call it (unmarked: a GET is for viewers, a POST
   for administrators only). It gets what it works with from `office()`, and returns `page("NAME.html", **context)`.
4. The template goes to `templates/admin/NAME.html`: `{% extends "admin/layout.html" %}`, blocks `title` and `main`;
   `forms.html` has macros for fields. Every form that posts begins with `{{ form_key() }}`; without it the post
   is refused. No inline script or style: the content security policy forbids both. `static/admin.css` styles it.
5. A change ends in `office().note(action, subject, detail)` (the audit log), then `return done("What happened.", url)`,
   which redirects and says so at the top of the next page. Errors of the product (`IvrError`) may simply be raised:
   they become a page with their one line.
6. Files: mark the view with `@takes_files(bytes)` too; other requests may have `LARGEST_BODY` of `ivr.web.app`.

Pages that show what callers said need `Role.EDITOR`: viewers see figures and the directory only.
"""
