#include "bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <fstream>

#include "process.h"
#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;

namespace {

// All files of an archive.
std::map<std::string, std::string> unpacked(const std::string& path) {
  std::map<std::string, std::string> out;
  archive* in = archive_read_new();
  archive_read_support_format_tar(in);
  archive_read_support_filter_gzip(in);
  REQUIRE(archive_read_open_filename(in, path.c_str(), 65'536) == ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(in, &entry) == ARCHIVE_OK) {
    std::string text(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    CHECK(archive_read_data(in, text.data(), text.size()) == static_cast<la_ssize_t>(text.size()));
    out[archive_entry_pathname(entry)] = text;
  }
  archive_read_free(in);
  return out;
}

}  // namespace

TEST_CASE("a bundle is a tar that its owner alone reads, and takes nobody's place") {
  ipc::ScratchFolder folder;
  const std::string path = folder / "b.tgz";
  const std::string large = "gone" + std::string(kBundlePartBytes, 'x');
  REQUIRE(write_bundle(path, "f", {{"a.txt", "text"}, {"k/large", large}, {"none", ""}}, control::sample_time(0)));
  const auto files = unpacked(path);
  CHECK(files.size() == 3);
  CHECK(files.at("f/a.txt") == "text");
  CHECK(files.at("f/k/large") == large.substr(4));
  struct stat status {};
  CHECK(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(status.st_size < 1'000'000);
  CHECK(write_bundle(path, "f", {}, control::sample_time(0)).error().code == Code::exists);
  CHECK(write_bundle(folder / "no/b.tar", "f", {}, control::sample_time(0)).error().code == Code::io);
}

TEST_CASE("debug bundle has what the daemon tells, what the kernel has, and what is missing") {
  Host host;
  const std::string path = host.folder / "b.tar";
  CHECK(host.run({"debug", "bundle", path}) == kDone);
  CHECK(host.out.str() == path + "\n");
  const auto files = unpacked(path);
  const auto json = control::mesh_json(control::sample_mesh());
  CHECK(files.at("smegmesh/meshes/" + control::to_text(control::sample_mesh_id(1)) + ".json") == json);
  CHECK(has(files.at("smegmesh/status.txt"), "mesh office: active"));
  CHECK(has(files.at("smegmesh/graph.dot"), "graph G"));
  CHECK(has(files.at("smegmesh/metrics.txt"), "smegmesh_daemon_up 1"));
  CHECK(files.at("smegmesh/kernel/smeg0/link.json") == "[]");
  CHECK(has(files.at("smegmesh/manifest.txt"), "\nsmegd 0.1.0\n"));
  CHECK(has(files.at("smegmesh/manifest.txt"), "no kernel/nftables.txt: can't run nft\n"));
  CHECK(host.run({"debug", "bundle", path}) == kRefused);
  CHECK(host.run({"debug", "bundle"}) == kWrongUsage);
}

TEST_CASE("a bundle is made without a daemon too") {
  Host host;
  const std::string path = host.folder / "b.tar";
  CHECK(host.run({"--socket", host.folder / "none", "debug", "bundle", path, "-o", "json-line"}) == kDone);
  CHECK(has(host.out.str(), "\"manifest.txt\""));
  CHECK(has(unpacked(path).at("smegmesh/manifest.txt"), "no snapshot: no daemon listens at"));
}

TEST_CASE("what other programs print") {
  CHECK(output_of({"echo", "a b"}).value() == "a b\n");
  CHECK(output_of({"no-such-program-here"}).error().code == Code::not_found);
  CHECK(output_of({"ls", "/no/such/folder"}).error().message.find("No such file") != std::string::npos);
}
