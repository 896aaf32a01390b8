#include "node/outbox.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::node;

namespace {

Effect note(const std::string& text) { return Note{Note::Level::info, text}; }

std::vector<std::string> texts(const std::vector<Effect>& effects) {
  std::vector<std::string> out;
  for (const Effect& effect : effects) out.push_back(std::get<Note>(effect).text);
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("effects of a call that changed nothing leave at once, in order") {
  Outbox outbox;
  outbox.push(note("a"));
  outbox.push(note("b"));
  CHECK(outbox.take().empty());
  outbox.commit();
  CHECK(texts(outbox.take()) == Texts{"a", "b"});
  CHECK(outbox.empty());
}

TEST_CASE("what follows from a change waits until it is on disk, and so does what comes later") {
  Outbox outbox;
  outbox.push(note("a"));
  outbox.commit_behind(Ticket{1});
  outbox.push(note("b"));
  outbox.commit();
  CHECK(outbox.take().empty());
  outbox.push_now(note("urgent"));
  CHECK(texts(outbox.take()) == Texts{"urgent"});
  outbox.push(note("c"));
  outbox.commit_behind(Ticket{2});
  outbox.persisted(Ticket{1});
  CHECK(texts(outbox.take()) == Texts{"a", "b"});
  CHECK_FALSE(outbox.empty());
  outbox.persisted(Ticket{2});
  CHECK(texts(outbox.take()) == Texts{"c"});
  CHECK(outbox.empty());
}

TEST_CASE("a later write covers the earlier ones, for it holds all of the state") {
  Outbox outbox;
  outbox.push(note("a"));
  outbox.commit_behind(Ticket{1});
  outbox.push(note("b"));
  outbox.commit_behind(Ticket{2});
  outbox.persisted(Ticket{2});
  CHECK(texts(outbox.take()) == Texts{"a", "b"});
}
