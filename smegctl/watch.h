// Commands that show something of the newest Snapshot, once or for as long as somebody watches.
#pragma once

#include "invocation.h"

namespace smeg::ctl {

// What to print of a Snapshot, in the Invocation's format; fails where there is nothing of the kind any more.
using View = std::function<Outcome<std::string>(const Invocation&, const control::Snapshot&)>;

// Prints the view. With --watch, again whenever it has become another: at a terminal in place of the one before, cut to
// its height, else behind it, in YAML as a document of its own. Asks for nothing more than the daemon offers: that
// tells of changes as often as limits::kNoticeInterval lets it, and drops who doesn't read them. Ends where the daemon
// goes away (kNoDaemon), the view fails, or the output is closed.
Outcome<> show(const Invocation& with, const View& view);

// What -m leaves of a Snapshot: one mesh, or all.
Outcome<control::Snapshot> narrowed(const Invocation& with, const control::Snapshot& all);

// The same of the mesh that -m or the lack of it means.
Outcome<> show_mesh(const Invocation& with, const std::function<std::string(const control::MeshView&)>& view);

}  // namespace smeg::ctl
