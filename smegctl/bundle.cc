#include "bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "io/io.h"

namespace smeg::ctl {
namespace {

struct Freer {
  void operator()(archive* each) const { archive_write_free(each); }
  void operator()(archive_entry* each) const { archive_entry_free(each); }
};

Error archive_error(const std::string& path, archive* from) {
  const char* why = archive_error_string(from);
  return {Code::io, "can't write " + path + ": " + (why ? why : "no reason is given"), "is there room?"};
}

Result<void> add(archive* to, const std::string& path, const std::string& name, std::string_view text, WallTime now) {
  const std::unique_ptr<archive_entry, Freer> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0600);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
  archive_entry_set_mtime(entry.get(), std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count(), 0);
  if (archive_write_header(to, entry.get()) != ARCHIVE_OK) return fail(archive_error(path, to));
  if (archive_write_data(to, text.data(), text.size()) != static_cast<la_ssize_t>(text.size()))
    return fail(archive_error(path, to));
  return {};
}

Result<void> write_parts(int fd, const std::string& path, const std::string& folder,
                         const std::vector<BundlePart>& parts, WallTime now) {
  const std::unique_ptr<archive, Freer> out(archive_write_new());
  archive_write_set_format_pax_restricted(out.get());
  if (path.ends_with(".gz") || path.ends_with(".tgz")) archive_write_add_filter_gzip(out.get());
  if (archive_write_open_fd(out.get(), fd) != ARCHIVE_OK) return fail(archive_error(path, out.get()));
  for (const BundlePart& part : parts) {
    std::string_view text = part.text;
    if (text.size() > kBundlePartBytes) text.remove_prefix(text.size() - kBundlePartBytes);
    if (auto ok = add(out.get(), path, folder + '/' + part.name, text, now); !ok) return ok;
  }
  if (archive_write_close(out.get()) != ARCHIVE_OK) return fail(archive_error(path, out.get()));
  return {};
}

}  // namespace

Result<void> write_bundle(const std::string& path, const std::string& folder, const std::vector<BundlePart>& parts,
                          WallTime now) {
  const io::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) {
    const bool taken = errno == EEXIST;
    return fail(taken ? Code::exists : Code::io, "can't write " + path + ": " + std::generic_category().message(errno),
                taken ? "choose another name" : "choose a folder that there is, and that you may write to");
  }
  auto done = write_parts(file.get(), path, folder, parts, now);
  if (!done) ::unlink(path.c_str());
  return done;
}

}  // namespace smeg::ctl
