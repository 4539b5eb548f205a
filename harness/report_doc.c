/* report_doc.c: every element is written to the Markdown and to the HTML page at once. */
#include "harness/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    ":root{--bg:#fbfaf7;--fg:#1f2328;--soft:#6a6f76;--line:#e2dfd8;--card:#fff;--best:#0b6e4f;--accent:#0b6e4f}"
    "\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e4e4e0;--soft:#9a9fa6;--line:#2e3237;--card:#"
    "1e2125;"
    "--best:#6fd6ae;--accent:#6fd6ae}}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.55 "
    "system-ui,-apple-system,"
    "'Segoe UI',Roboto,'Liberation Sans',sans-serif}main{max-width:1080px;margin:0 auto;padding:32px 20px "
    "80px}\n"
    "h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3em}h2{font-size:1.35rem;margin:2.6em 0 "
    ".5em;padding-top:.7em;"
    "border-top:1px solid var(--line)}h3{font-size:1.05rem;margin:1.8em 0 .5em}p{margin:.5em "
    "0;max-width:72ch}\n"
    ".soft,figcaption{color:var(--soft)}.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(215px,"
    "1fr));"
    "gap:14px;margin:1.4em 0}.card{background:var(--card);border:1px solid "
    "var(--line);border-radius:10px;padding:14px 16px}"
    ".card "
    "b{display:block;font-size:1.7rem;line-height:1.15;color:var(--accent);font-variant-numeric:tabular-nums}"
    ".card span{display:block;font-weight:600}.card "
    "small{color:var(--soft);display:block;line-height:1.4;margin-top:4px}\n"
    ".box{overflow-x:auto;margin:.8em 0;border:1px solid var(--line);border-radius:10px;background:var(--card)}"
    "table{border-collapse:collapse;width:100%;font-size:.86rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:6px 11px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--line)}"
    "tr:last-child "
    "td{border-bottom:0}th{color:var(--soft);font-weight:600;cursor:pointer}th:hover{color:var(--fg)}"
    "td.n,th.n{text-align:right}td.best{color:var(--best);font-weight:700}td:first-child{font-family:ui-"
    "monospace,"
    "'DejaVu Sans Mono',monospace;font-size:.94em}\n"
    "figure{margin:1em 0;background:#fff;border:1px solid var(--line);border-radius:10px;padding:10px}"
    "figure svg{width:100%;height:auto;display:block}figcaption{font-size:.86rem;padding:4px 6px "
    "2px;color:#6a6f76}"
    "details{margin:1em 0}summary{cursor:pointer;font-weight:600}"
    "code,pre{font-family:ui-monospace,'DejaVu Sans Mono',monospace;font-size:.9em}\n"
    ".pick{position:absolute;opacity:0}.pick+label{display:inline-block;margin:0 8px 8px 0;padding:6px "
    "14px;border:1px "
    "solid "
    "var(--line);border-radius:18px;background:var(--card);cursor:pointer}.pick:checked+label{border-color:"
    "var(--accent);color:var(--accent);font-weight:700}.pick:focus-visible+label{outline:2px solid "
    "var(--accent)}"
    ".part{display:none}@media print{.pick+label{display:none}.part{display:block}}";

/* Click on a column head sorts by it: numbers by value, then text. */
static const char script[] =
    "document.querySelectorAll('th').forEach(h=>h.onclick=()=>{const t=h.closest('table'),i=h.cellIndex,"
    "d=h.dataset.d=h.dataset.d==='1'?'-1':'1',b=t.tBodies[0],v=r=>{const "
    "s=r.cells[i].textContent,x=parseFloat(s);"
    "return isNaN(x)?s:x};[...b.rows].sort((p,q)=>{const a=v(p),c=v(q);return d*(typeof a===typeof "
    "c?(a>c)-(a<c):"
    "typeof a==='number'?-1:1)}).forEach(r=>b.append(r))})";

void tl_doc_open(tl_doc *d, const char *title) {
    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light "
          "dark\">\n<title>",
          d->html);
    tl_escape(d->html, title);
    fprintf(d->html, "</title>\n<style>%s</style></head>\n<body><main>\n<h1>", style);
    tl_escape(d->html, title);
    fputs("</h1>\n", d->html);
    fprintf(d->md, "# %s\n\n", title);
}

void tl_doc_close(tl_doc *d) {
    fprintf(d->html, "</main><script>%s</script></body></html>\n", script);
}

/* Radio buttons before the parts: the style sheet alone shows the part of the one that is checked. */
void tl_doc_selector(tl_doc *d, char *const *names, size_t n) {
    fputs("<style>", d->html);
    for (size_t i = 0; i < n; i++)
        fprintf(d->html, "#pick%zu:checked~#part%zu{display:block}", i, i);
    fputs("</style>\n", d->html);
    for (size_t i = 0; i < n; i++) {
        fprintf(d->html,
                "<input class=\"pick\" type=\"radio\" name=\"pick\" id=\"pick%zu\"%s><label for=\"pick%zu\">",
                i, i ? "" : " checked", i);
        tl_escape(d->html, names[i]);
        fputs("</label>\n", d->html);
    }
}

void tl_doc_part_begin(tl_doc *d, const char *name, size_t number) {
    fprintf(d->html, "<section class=\"part\" id=\"part%zu\">\n", number);
    tl_doc_heading(d, 1, name);
}

void tl_doc_part_end(tl_doc *d) {
    fputs("</section>\n", d->html);
}

void tl_doc_heading(tl_doc *d, int level, const char *text) {
    fprintf(d->html, "<h%d>", level);
    tl_escape(d->html, text);
    fprintf(d->html, "</h%d>\n", level);
    fprintf(d->md, "\n%.*s %s\n\n", level, "####", text);
}

void tl_doc_text(tl_doc *d, const char *format, ...) {
    char *text;
    va_list v;
    va_start(v, format);
    if (vasprintf(&text, format, v) < 0)
        abort();
    va_end(v);
    fputs("<p>", d->html);
    tl_escape(d->html, text);
    fputs("</p>\n", d->html);
    fprintf(d->md, "%s\n\n", text);
    free(text);
}

void tl_doc_cards_begin(tl_doc *d) {
    fputs("<div class=\"cards\">\n", d->html);
}

void tl_doc_card(tl_doc *d, const char *figure, const char *what, const char *detail) {
    fputs("<div class=\"card\"><b>", d->html);
    tl_escape(d->html, figure);
    fputs("</b><span>", d->html);
    tl_escape(d->html, what);
    fputs("</span><small>", d->html);
    tl_escape(d->html, detail);
    fputs("</small></div>\n", d->html);
    fprintf(d->md, "- **%s** %s: %s\n", figure, what, detail);
}

void tl_doc_cards_end(tl_doc *d) {
    fputs("</div>\n", d->html);
    fputs("\n", d->md);
}

void tl_doc_fold(tl_doc *d, const char *summary) {
    fputs("<details><summary>", d->html);
    tl_escape(d->html, summary);
    fputs("</summary>\n", d->html);
    fprintf(d->md, "**%s**\n\n", summary);
}

void tl_doc_unfold(tl_doc *d) {
    fputs("</details>\n", d->html);
}

/* The picture goes into the page itself, without its XML prologue. */
void tl_doc_picture(tl_doc *d, const char *svg, const char *caption) {
    char path[4200], line[4096];
    bool inside = false;
    snprintf(path, sizeof path, "%s/%s.svg", d->folder, svg);
    fputs("<figure>", d->html);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        inside |= strstr(line, "<svg") != NULL;
        if (inside)
            fputs(line, d->html);
    }
    if (f)
        fclose(f);
    fputs("<figcaption>", d->html);
    tl_escape(d->html, caption);
    fputs("</figcaption></figure>\n", d->html);
    fprintf(d->md, "![%s](%s%s.svg)\n\n", caption, d->link ? d->link : "", svg);
}

static bool numeric(const char *s) {
    char *end;
    s += *s == '*';
    strtod(s, &end);
    return end != s || !strcmp(s, "-") || !*s;
}

void tl_doc_table(tl_doc *d, const char *const *head, int columns, char *const *cells, size_t rows) {
    bool *right = calloc((size_t)columns, sizeof *right);
    if (!right)
        abort();
    for (int c = 0; c < columns; c++) {
        right[c] = rows > 0 && c > 0;
        for (size_t r = 0; r < rows; r++)
            right[c] &= numeric(cells[r * (size_t)columns + (size_t)c]);
    }
    fputs("<div class=\"box\"><table><thead><tr>", d->html);
    for (int c = 0; c < columns; c++) {
        fputs(right[c] ? "<th class=\"n\">" : "<th>", d->html);
        tl_escape(d->html, head[c]);
        fputs("</th>", d->html);
        fputs("| ", d->md);
        tl_escape_md(d->md, head[c]);
        fputc(' ', d->md);
    }
    fputs("</tr></thead><tbody>\n", d->html);
    fputs("|\n", d->md);
    for (int c = 0; c < columns; c++)
        fputs(right[c] ? "|---:" : "|---", d->md);
    fputs("|\n", d->md);
    for (size_t r = 0; r < rows; r++) {
        fputs("<tr>", d->html);
        for (int c = 0; c < columns; c++) {
            const char *s = cells[r * (size_t)columns + (size_t)c];
            bool best = *s == '*';
            s += best;
            fprintf(d->html, "<td class=\"%s%s\">", right[c] ? "n" : "", best ? " best" : "");
            tl_escape(d->html, s);
            fputs("</td>", d->html);
            fputs(best ? "| **" : "| ", d->md);
            tl_escape_md(d->md, s);
            fputs(best ? "** " : " ", d->md);
        }
        fputs("</tr>\n", d->html);
        fputs("|\n", d->md);
    }
    fputs("</tbody></table></div>\n", d->html);
    fputs("\n", d->md);
    free(right);
}
