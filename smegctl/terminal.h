// Secrets from the terminal, and files that hold some.
#pragma once

#include <string>

#include "control/control.h"

namespace smeg::ctl {

// A line that is typed at the controlling terminal, without echo. unavailable where there is none.
Result<control::SecretText> ask_secret(const std::string& prompt);

// The height of the terminal that standard output is; zero where it is none.
std::size_t terminal_rows();

// Whether there is anything of that name; to be known before something is done whose result a file is to hold.
bool is_there(const std::string& path);

// A file's text without the newline at its end; at most so many bytes.
Result<control::SecretText> read_secret_file(const std::string& path, std::size_t most);

// Mode 0600, complete or not at all: written beside the path, synced, then put in its place. exists where the path is
// taken, unless replace.
Result<void> write_secret_file(const std::string& path, const std::string& text, bool replace);

}  // namespace smeg::ctl
