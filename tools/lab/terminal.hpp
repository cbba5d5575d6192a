#pragma once

// What is shown and how: colours only where a person reads, text that cannot disturb the terminal.

#include <cstddef>
#include <string>
#include <string_view>

#include "problem.hpp"

namespace lab {

// True when standard output is a terminal and NO_COLOR is unset or empty.
bool use_colour();

// `text` in the `index`-th colour of the palette, or as it is without colours.
std::string coloured(std::string_view text, std::size_t index);
std::string bold(std::string_view text);
std::string red(std::string_view text);

// A child's line as it may be shown: control characters (escape sequences too) become '?', tabs
// stay.
std::string printable(std::string_view line);

// Writes the problem to standard error and returns its exit status.
int report(const Problem& problem);

// Writes text to standard output at once.
void show(std::string_view text);

// Writes text to standard output if that takes it now. A terminal held by Ctrl-S, or a reader that
// does not read, loses the text instead of holding up what runs; the log files have all of it.
void show_if_ready(std::string_view text);

}  // namespace lab
