#include "watch.h"

#include <algorithm>
#include <ostream>

namespace smeg::ctl {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstTimeout = 10s;
constexpr Duration kAgesInterval = 1s;  // tables tell ages: they change by themselves

// Draws over what was there before, line by line, so that nothing flickers.
std::string drawn(const std::string& text, std::size_t rows) {
  std::string out = "\033[H";
  std::size_t begin = 0;
  for (std::size_t row = 1; begin < text.size(); ++row) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (rows > 1 && row == rows) break;  // the cursor stays below what is drawn
    out.append(text, begin, end - begin).append("\033[K\n");
    begin = end + 1;
  }
  return out + (begin < text.size() ? "... more than fits here\033[K\033[J" : "\033[J");
}

class Screen {
 public:
  explicit Screen(const Invocation& with) : with_(with), draws_(with.around.out_is_terminal && !with.for_programs()) {}

  // Tables on a terminal are drawn anew as time passes.
  bool draws() const { return draws_; }

  void present(const std::string& text) {
    if (text == last_ && !first_) return;
    std::ostream& out = with_.around.out;
    if (draws_) {
      const std::size_t rows = with_.around.terminal_rows ? with_.around.terminal_rows() : 0;
      out << (first_ ? "\033[2J" : "") << drawn(text, rows);
    } else {
      const bool apart = with_.format == Format::table || with_.format == Format::wide;
      if (with_.format == Format::yaml) out << "---\n";
      out << (apart && !first_ ? "\n" : "") << text;
    }
    out.flush();
    first_ = false;
    last_ = text;
  }

 private:
  const Invocation& with_;
  bool draws_;
  bool first_ = true;
  std::string last_;
};

Outcome<> watch(const Invocation& with, const View& view) {
  auto client = with.connect();
  if (!client) return tl::unexpected(std::move(client).error());
  auto snapshot = outcome(client->watch(kFirstTimeout), *client);
  if (!snapshot) return tl::unexpected(std::move(snapshot).error());
  Screen screen(with);
  while (with.around.out) {
    const auto text = view(with, *snapshot);
    if (!text) return tl::unexpected(text.error());
    screen.present(*text);
    if (screen.draws()) {
      const auto has_more = client->wait(kAgesInterval);
      if (!has_more) return refused(has_more.error());
      if (!*has_more) continue;
    }
    auto newer = outcome(client->next(std::nullopt), *client);
    if (!newer) return tl::unexpected(std::move(newer).error());
    *snapshot = *std::move(newer);
  }
  return {};
}

}  // namespace

Outcome<> show(const Invocation& with, const View& view) {
  if (with.watch) return watch(with, view);
  const auto snapshot = with.snapshot();
  if (!snapshot) return tl::unexpected(snapshot.error());
  const auto text = view(with, *snapshot);
  if (!text) return tl::unexpected(text.error());
  with.around.out << *text;
  return {};
}

Outcome<control::Snapshot> narrowed(const Invocation& with, const control::Snapshot& all) {
  if (with.mesh.text.empty()) return all;
  const auto mesh = control::find_mesh(all, with.mesh);
  if (!mesh) return refused(mesh.error());
  control::Snapshot one = all;
  one.meshes = {**mesh};
  return one;
}

Outcome<> show_mesh(const Invocation& with, const std::function<std::string(const control::MeshView&)>& view) {
  return show(with, [&](const Invocation&, const control::Snapshot& snapshot) -> Outcome<std::string> {
    const auto mesh = control::find_mesh(snapshot, with.mesh);
    if (!mesh) return refused(mesh.error());
    return view(**mesh);
  });
}

}  // namespace smeg::ctl
