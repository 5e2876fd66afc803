"""What axe finds on the page, by the rules of WCAG and its best practices."""

from typing import Any

from playwright.sync_api import Page
from site_builder.archives import in_tar
from site_builder.registries import npm_package


def violations(page: Page) -> list[str]:
    """Each with the elements that it is about; what another page shows in a frame is not ours."""
    script = in_tar(npm_package("axe-core").read())["axe.min.js"].decode()
    page.evaluate(f"window.axe || (() => {{ {script} }})()")
    found: Any = page.evaluate("axe.run({ exclude: [['iframe']] }, { iframes: false })")
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found["violations"]]
