"""Each check is seen to fail on a book that is broken in one place, and to pass a sound one."""

from .sample import DIAGRAM, SampleBook

PAGE = "src/first.md"


class SoundBook(SampleBook):
    def test_nothing_is_found_in_a_sound_book(self):
        self.assertEqual(self.problems(), [])

    def test_what_looks_like_a_mistake_inside_code_is_none(self):
        self.append(
            PAGE, "\n```text\n[x](nowhere.md) just\n```\n\n`just [x](nowhere.md)`, `{{a}}`\n"
        )
        self.assertEqual(self.problems(), [])

    def test_an_escaped_include_is_text(self):
        self.append(PAGE, "\n```text\n\\{{#include nothing.hpp:x}}\n```\n")
        self.assertEqual(self.problems(), [])

    def test_a_repeated_heading_has_an_anchor_of_its_own(self):
        self.append(PAGE, "\n## A heading\n\nUp to [the second](#a-heading-1).\n")
        self.assertEqual(self.problems(), [])

    def test_a_transcript_may_be_included_as_a_whole(self):
        self.write("tools/book/captures/run.txt", "print yes line | head -n 40 || true\n")
        self.write("src/generated/run.txt", "line\n" * 40)
        self.append(PAGE, "\n```text\n{{#include generated/run.txt}}\n```\n")
        self.assertEqual(self.problems(), [])


class Links(SampleBook):
    def test_a_link_to_a_missing_page(self):
        self.append(PAGE, "\n[x](second.md)\n")
        self.assert_finds("link", "second.md: there is no such file")

    def test_a_link_to_a_missing_anchor_on_the_same_page(self):
        self.append(PAGE, "\n[x](#nothing)\n")
        self.assert_finds("link", "#nothing: there is no such heading")

    def test_a_link_to_a_missing_anchor_on_another_page(self):
        self.append(PAGE, "\n[x](folder/second.md#why)\n")
        self.assert_finds("link", "second.md#why: there is no such heading")

    def test_a_link_that_works_in_the_book_alone(self):
        self.append(PAGE, "\n[x](folder/second.html)\n")
        self.assert_finds("link", "second.html: there is no such file")

    def test_a_link_that_leaves_the_book(self):
        self.append(PAGE, "\n[x](../examples/code.hpp)\n")
        self.assert_finds("link", "leaves the book")

    def test_a_link_by_reference_without_its_definition(self):
        self.append(PAGE, "\n[x][y]\n")
        self.assert_finds("link", "defined nowhere")

    def test_a_link_by_reference_to_a_missing_page(self):
        self.append(PAGE, "\n[x][y]\n\n[y]: nothing.md\n")
        self.assert_finds("link", "nothing.md: there is no such file")

    def test_a_link_in_html_to_a_missing_page(self):
        self.append(PAGE, '\n<a href="nothing.md">x</a>\n')
        self.assert_finds("link", "nothing.md: there is no such file")

    def test_a_link_that_spans_two_lines(self):
        self.append(PAGE, "\n[two\nwords](nothing.md)\n")
        self.assert_finds("link", "nothing")

    def test_a_link_from_the_root_of_a_server(self):
        self.append(PAGE, "\n[x](/first.html)\n")
        self.assert_finds("link", "starts at the root of a server")

    def test_a_link_out_of_the_book_without_encryption(self):
        self.append(PAGE, "\n[x](http://example.org/)\n")
        self.assert_finds("link", "uses https")


class Includes(SampleBook):
    def test_a_missing_file(self):
        self.replace(PAGE, "code.hpp:shown", "gone.hpp:shown")
        found = {(p.rule, p.where) for p in self.problems()}
        self.assertEqual(found, {("include", PAGE), ("build", "book.toml")})

    def test_a_missing_anchor(self):
        self.replace(PAGE, "code.hpp:shown", "code.hpp:gone")
        self.assert_finds("include", "has no anchor gone")

    def test_an_anchor_that_is_the_start_of_another_name(self):
        self.replace(PAGE, "code.hpp:shown", "code.hpp:show")
        self.assert_finds("include", "has no anchor show")

    def test_an_anchor_around_nothing(self):
        self.replace(PAGE, "code.hpp:shown", "code.hpp:nothing")
        self.assert_finds("include", "holds nothing")

    def test_an_anchor_without_an_end(self):
        self.replace(PAGE, "code.hpp:shown", "code.hpp:open")
        self.assert_finds("include", "has no end")

    def test_an_empty_file(self):
        self.write("tools/book/captures/run.txt", "print true\n")
        self.write("src/generated/run.txt", "\n")
        self.append(PAGE, "\n```text\n{{#include generated/run.txt}}\n```\n")
        self.assert_finds("include", "is empty")

    def test_line_numbers(self):
        self.append(PAGE, "\n```text\n{{#include ../examples/code.hpp:2:3}}\n```\n")
        self.assert_finds("include", "line numbers")

    def test_another_directive_of_mdbook(self):
        self.append(PAGE, "\n```text\n{{#rustdoc_include ../examples/code.hpp:shown}}\n```\n")
        self.assert_finds("include", "#rustdoc_include is not used")


class TypedCode(SampleBook):
    def test_typed_cpp_is_found(self):
        self.append(PAGE, "\n```cpp\nint typed();\n```\n")
        self.assert_finds("typed-code", "cpp block must be included")

    def test_typed_python_is_found(self):
        self.append(PAGE, "\n~~~python\nprint(1)\n~~~\n")
        self.assert_finds("typed-code", "python block must be included")

    def test_typed_typescript_in_a_list(self):
        self.append(PAGE, "\n- item\n\n  ```ts\n  let a = 1\n  ```\n")
        self.assert_finds("typed-code", "ts block must be included")

    def test_typed_code_in_html(self):
        self.append(PAGE, '\n<pre><code class="language-cpp">int typed();</code></pre>\n')
        self.assert_finds("typed-code", "a block of code in HTML")

    def test_code_added_around_an_include(self):
        self.replace(PAGE, ":shown}}\n", ":shown}}\nint typed();\n")
        self.assert_finds("typed-code", "cpp block must be included")

    def test_an_empty_block(self):
        self.append(PAGE, "\n```cpp\n```\n")
        self.assert_finds("typed-code", "cpp block must be included")

    def test_a_listing_without_an_anchor(self):
        self.replace(PAGE, "code.hpp:shown", "code.hpp")
        self.assert_finds("typed-code", "names no anchor")

    def test_a_listing_from_code_that_no_test_builds(self):
        self.write("notes/code.hpp", "// ANCHOR: a\nint a();\n// ANCHOR_END: a\n")
        self.append(PAGE, "\n```cpp\n{{#include ../notes/code.hpp:a}}\n```\n")
        self.assert_finds("typed-code", "is not in tested code")

    def test_eleven_lines_of_pseudo_code(self):
        self.append(PAGE, "\n```text\n" + "do it\n" * 11 + "```\n")
        self.assert_finds("pseudo-code", "11 lines")


class Diagrams(SampleBook):
    def setUp(self):
        super().setUp()
        self.append(PAGE, DIAGRAM)

    def test_a_sound_one(self):
        self.assertEqual(self.problems(), [])

    def test_one_that_does_not_parse(self):
        self.replace(PAGE, "a --> b", "a -->")
        self.assert_finds("diagram", "Mermaid cannot read this")

    def test_one_that_does_not_parse_in_a_page_beside_the_book(self):
        self.write("ARCHITECTURE.md", "# Parts\n" + DIAGRAM)
        self.assertEqual(self.problems(), [])
        self.replace("ARCHITECTURE.md", "a --> b", "a -->")
        self.assert_finds("diagram", "Mermaid cannot read this")

    def test_one_without_a_title(self):
        self.replace(PAGE, "  accTitle: Two boxes\n", "")
        self.assert_finds("diagram-words", "no accTitle")

    def test_one_without_words_behind_it(self):
        self.replace(PAGE, "<details>", "And then:\n\n<details>")
        self.assert_finds("diagram-words", "no <details>")

    def test_one_whose_words_are_empty(self):
        self.replace(PAGE, "An arrow leads from the box named a to the box named b.", "See above.")
        self.assert_finds("diagram-words", "does not tell it in words")

    def test_an_image_without_alt_text(self):
        self.write("src/picture.svg", "<svg/>")
        self.append(PAGE, "\n![](picture.svg)\n")
        self.assert_finds("diagram-words", "image without alt text")


class Blocks(SampleBook):
    def test_a_block_without_a_language(self):
        self.append(PAGE, "\n```\nplain\n```\n")
        self.assert_finds("language", "names no language")

    def test_an_indented_block(self):
        self.append(PAGE, "\nText.\n\n    plain\n")
        self.assert_finds("language", "a code block without a language")

    def test_a_language_that_the_highlighter_does_not_know(self):
        self.append(PAGE, "\n```cobol\nstop run.\n```\n")
        self.assert_finds("language", "does not know cobol")

    def test_a_block_that_is_never_closed(self):
        self.append(PAGE, "\n```text\nand so on\n")
        self.assert_finds("fence", "never closed")


class Pages(SampleBook):
    def test_one_without_a_link_to_the_prerequisites(self):
        self.replace(
            "src/folder/second.md", "[Prerequisites](../reference/prerequisites.md)", "them"
        )
        self.assert_finds("prerequisites", "no link to")

    def test_a_link_inside_code_does_not_count(self):
        self.replace("src/folder/second.md", "[Prerequisites]", "`[Prerequisites]")
        self.replace("src/folder/second.md", "prerequisites.md)", "prerequisites.md)`")
        self.assert_finds("prerequisites", "no link to")

    def test_one_that_is_no_chapter(self):
        self.write("src/third.md", "# Third\n\n[Prerequisites](reference/prerequisites.md)\n")
        self.append("tools/book/sessions.txt", "beside third.md\n")
        self.assert_finds("summary", "no chapter")

    def test_a_chapter_that_is_no_page(self):
        self.append("src/SUMMARY.md", "- [Third]()\n")
        self.assert_finds("summary", "Third has no page")

    def test_a_banned_word(self):
        self.append(PAGE, "\nYou simply start it.\n")
        self.assert_finds("style", '"simply"')


class Messages(SampleBook):
    TABLE = (
        "\n## When ./lab says no\n\n"
        "| It says | Why |\n|---|---|\n| `port … is in use by …` | `ls` |\n"
    )

    def test_one_that_lab_says(self):
        self.write("tools/lab/up.cpp", 'fmt::format("port {} is in use by {}.", port, holder)\n')
        self.append("src/reference/prerequisites.md", self.TABLE)
        self.assertEqual(self.problems(), [])

    def test_one_that_lab_does_not_say(self):
        self.write("tools/lab/up.cpp", 'fmt::format("port {} is taken by {}.", port, holder)\n')
        self.append("src/reference/prerequisites.md", self.TABLE)
        self.assert_finds("message", "./lab never says port … is in use by …")

    def test_a_refusal_of_the_set_up_that_no_row_tells(self):
        self.write("tools/lab/up.cpp", 'fmt::format("port {} is in use by {}.", port, holder)\n')
        self.write("tools/setup/early.sh", 'fail "port $port is in use by another program."\n')
        self.append("src/reference/prerequisites.md", self.TABLE)
        self.assertEqual(self.problems(), [])
        self.write("tools/setup/build.sh", 'fail "the build failed." "See above."\n')
        self.assert_finds("message", "when ./lab says the build failed.")


class Output(SampleBook):
    def test_a_script_from_outside(self):
        self.append(PAGE, '\n<script src="https://example.org/a.js"></script>\n')
        self.assert_finds("outside", "loads https://example.org/a.js")

    def test_a_font_from_outside(self):
        self.write("more.css", "@font-face { src: url('//example.org/font.woff2'); }\n")
        self.append("book.toml", '\n[output.html]\nadditional-css = ["more.css"]\n')
        self.assert_finds("outside", "loads //example.org/font.woff2")

    def test_a_picture_from_outside(self):
        self.append(PAGE, "\n![words](https://example.org/a.png)\n")
        self.assert_finds("outside", "loads https://example.org/a.png")

    def test_a_warning_of_mdbook(self):
        self.append("src/SUMMARY.md", "- [First again](first.md)\n")
        self.assert_finds("build", "first.md")
