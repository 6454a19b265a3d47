"""What D8 writes into every text: scripts, htmx, templates, CSS, formulas; and how it looks for it."""

import re
from collections.abc import Iterator

import tinyhtml5

# Every payload says this, so that it is known wherever it comes out.
SIGN = "pwned"
PAYLOADS = [
    "<script>pwned()</script>", "<ScRiPt>pwned()</sCrIpT>", "<script src=//x.example/pwned.js></script>",
    "</script><script>pwned()</script>", "<script>pwned()//", "<<script>pwned();//<</script>",
    "<img src=x onerror=pwned()>", "<img/src=x/onerror=pwned()>", "<IMG SRC=x ONERROR='pwned()'>",
    '"><img src=x onerror=pwned()>', "'><img src=x onerror=pwned()>", "--><img src=x onerror=pwned()>",
    "]]><img src=x onerror=pwned()>", "</title><img src=x onerror=pwned()>",
    "</textarea><img src=x onerror=pwned()>", "</option></select><img src=x onerror=pwned()>",
    '" onfocus=pwned() autofocus x="', "' onmouseover=pwned() x='", "x onclick=pwned()", "` onload=pwned()",
    "<svg onload=pwned()>", "<svg><script>pwned()</script></svg>",
    "<svg><animate onbegin=pwned() attributeName=x dur=1s>",
    "<svg><use href='data:image/svg+xml,pwned'/></svg>",
    "<math><a xlink:href=javascript:pwned()>x</a></math>", "<body onload=pwned()>",
    "<iframe src=javascript:pwned()></iframe>", "<iframe srcdoc='<script>pwned()</script>'></iframe>",
    "<object data=javascript:pwned()></object>", "<embed src=javascript:pwned()>",
    "<details open ontoggle=pwned()>", "<video><source onerror=pwned()></video>", "<marquee onstart=pwned()>",
    "<form action=javascript:pwned()><button>x</button></form>", "<input autofocus onfocus=pwned()>",
    "<base href=//pwned.example/>", "<meta http-equiv=refresh content='0;url=//pwned.example'>",
    "<link rel=stylesheet href=//pwned.example/a.css>", "<style>*{background:url(//pwned.example)}</style>",
    "<p style=background:url(//pwned.example)>x</p>", "</style><script>pwned()</script>",
    "<a href=javascript:pwned()>x</a>", "<a href='jAvAsCrIpT&colon;pwned()'>x</a>",
    "<a href='data:text/html,<script>pwned()</script>'>x</a>", "<a href=vbscript:pwned()>x</a>",
    "<div hx-get=/x?pwned hx-trigger=load>x</div>", "<div hx-on::load=pwned()>x</div>",
    "<div hx-on:click='pwned()'>x</div>", "<div hx-vals='js:{x: pwned()}' hx-post=/x hx-trigger=load>x</div>",
    "<div data-hx-get=/x?pwned data-hx-trigger=load>x</div>", "<div hx-headers='js:{x:pwned()}'>x</div>",
    "[x](javascript:pwned())", "[x](data:text/html;base64,cHduZWQ= pwned)", "![x](//pwned.example/x.png)",
    "<javascript:pwned()>", "[x]: javascript:pwned()", "{{ 7|add:1330 }}pwned", "{% debug %}pwned",
    "${7*191}pwned", "#{7*191}pwned", "&lt;script&gt;pwned()&lt;/script&gt;",
    "&#60;script&#62;pwned()&#60;/script&#62;",
    "\\u003cscript\\u003epwned()\\u003c/script\\u003e", "%3Cscript%3Epwned()%3C/script%3E",
    "\u202epwned\u202c", "\ufeff<script>pwned()</script>", "<scr\u200bipt>pwned()</scr\u200bipt>",
    "=HYPERLINK(pwned)", "+pwned", "-1+pwned", "@SUM(pwned)", "\tpwned", "\rpwned", "\uff1dpwned",
    "\uff0bpwned", "\uff0dpwned", "\uff20pwned", " =pwned", "%pwned", "|pwned",
]  # fmt: skip
# Where a browser goes or what it runs; a value of ours may hold what was searched for, after a "?" or a "/".
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "background", "cite", "ping", "srcset"}
RUNS = re.compile(r"^[\s\x00-\x20]*(javascript|vbscript|data):", re.IGNORECASE)
# Asked of the template language, these would be 1337.
COMPUTED = f"1337{SIGN}"


def found_in(html: str) -> list[str]:
    """What of the poison a browser would act on: elements, attributes and addresses that it made."""
    found = [COMPUTED] if COMPUTED in html else []
    found += [each for each in PAYLOADS if "<" in each and each in html]
    for element in tinyhtml5.parse(html).iter():
        found += list(_in_element(element))
    return found


def _in_element(element: object) -> Iterator[str]:
    tag = element.tag
    if not isinstance(tag, str):
        # A comment: markup that was written into one may leave it.
        if SIGN in (element.text or ""):
            yield f"comment {element.text!r}"
        return
    name = tag.rpartition("}")[2]
    if (
        name in {"script", "style"}
        and element.get("type") != "application/json"
        and SIGN in (element.text or "")
    ):
        yield f"<{name}> {element.text!r}"
    for key, value in element.attrib.items():
        attribute = key.rpartition("}")[2].lower()
        if attribute.startswith("on") or attribute in {"style", "srcdoc"}:
            yield f"<{name} {attribute}={value!r}>"
        elif attribute.startswith(("hx-", "data-hx-")) and SIGN in value:
            yield f"<{name} {attribute}={value!r}>"
        elif attribute in ADDRESSES and (RUNS.match(value) or (SIGN in value and value[:1] not in "?/")):
            yield f"<{name} {attribute}={value!r}>"
