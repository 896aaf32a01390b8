// Tokens of smeg-api: a file that this program writes and smeg-api reads.
#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "commands.h"
#include "control/codec.h"
#include "io/io.h"

namespace smeg::ctl {
namespace {

using control::Json;
using control::JsonObject;

constexpr unsigned kFileMode = 0640;
constexpr const char* kReaders = "smeg-api";  // the group that smeg-api runs as, where it is set up as a service

Error os_error(const std::string& what, int number) {
  const bool denied = number == EACCES || number == EPERM || number == EROFS;
  return {denied ? Code::forbidden : Code::io, what + ": " + std::generic_category().message(number),
          denied ? "ask as root, or name another file with --file" : ""};
}

Result<api::Tokens> read_tokens(const std::string& path) {
  return api::Tokens::from_file(io::read_file(path, limits::kApiTokenFileBytes), path);
}

// The folder is locked, not the file, which is replaced as a whole. Two that change it at a time wait for each other.
Result<io::Descriptor> lock_folder(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  io::Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock || TEMP_FAILURE_RETRY(::flock(lock.get(), LOCK_EX)) != 0)
    return fail(os_error("can't use the folder " + folder, errno));
  return lock;
}

// Who the file is for stays as it was; a new one is for the group of smeg-api, if there is such.
Result<void> write_tokens(const std::string& path, const api::Tokens& tokens) {
  struct stat before {};
  const bool known = ::stat(path.c_str(), &before) == 0;
  const std::string text = tokens.to_text();
  const std::string scratch = path + ".new";
  // Beside it first, for itself alone, so that it has its group before anybody can see it.
  if (auto ok = io::replace_file(scratch, as_bytes(text), S_IRUSR | S_IWUSR); !ok) return ok;
  const group* readers = known ? nullptr : ::getgrnam(kReaders);
  const gid_t wanted = known ? before.st_gid : readers ? readers->gr_gid : ::getegid();
  const bool good = ::chown(scratch.c_str(), known ? before.st_uid : static_cast<uid_t>(-1), wanted) == 0 &&
                    ::chmod(scratch.c_str(), kFileMode) == 0 && ::rename(scratch.c_str(), path.c_str()) == 0;
  if (good) return {};
  const int number = errno;
  ::unlink(scratch.c_str());
  return fail(os_error("can't write " + path, number));
}

// Reads, changes, writes; nobody else does meanwhile.
template <class Change>
Result<void> change_tokens(const std::string& path, Change change) {
  const auto lock = lock_folder(path);
  if (!lock) return fail(lock.error());
  auto tokens = read_tokens(path);
  if (!tokens) return fail(tokens.error());
  if (auto ok = change(*tokens); !ok) return ok;
  return write_tokens(path, *tokens);
}

JsonObject token_json(const api::Token& token) {
  return {{"name", token.name}, {"scope", api::name(token.scope)}, {"created", to_rfc3339(token.created)}};
}

}  // namespace

Outcome<> token_create(const Invocation& with, const TokenOptions& options) {
  const control::SecretText text = api::new_token_text(with.around.secrets);
  const api::Token token{options.name, options.scope, with.around.now(), api::hash_of_token(text.expose())};
  const auto kept = change_tokens(options.file, [&](api::Tokens& tokens) { return tokens.add(token); });
  if (!kept) return refused(kept.error());
  with.note("The token " + token.name + ", of scope " + std::string(api::name(token.scope)) +
            ". It is kept nowhere: this is the only time that it is shown.");
  JsonObject json = token_json(token);
  json.push_back({"token", text.expose()});
  with.print(text.expose() + '\n', control::with_schema(std::move(json)));
  return {};
}

Outcome<> token_list(const Invocation& with, const TokenOptions& options) {
  const auto tokens = read_tokens(options.file);
  if (!tokens) return refused(tokens.error());
  control::JsonArray list;
  std::size_t widest = 4;
  for (const api::Token& token : tokens->all()) widest = std::max(widest, token.name.size());
  const auto padded = [](std::string cell, std::size_t width) { return cell.append(width + 2 - cell.size(), ' '); };
  std::string table = padded("NAME", widest) + padded("SCOPE", 7) + "CREATED\n";
  for (const api::Token& token : tokens->all()) {
    table += padded(token.name, widest) + padded(std::string(api::name(token.scope)), 7) + to_rfc3339(token.created);
    table += '\n';
    list.push_back(token_json(token));
  }
  with.print(table, control::with_schema({{"tokens", std::move(list)}}));
  return {};
}

Outcome<> token_revoke(const Invocation& with, const TokenOptions& options) {
  const auto gone = change_tokens(options.file, [&](api::Tokens& tokens) { return tokens.remove(options.name); });
  if (!gone) return refused(gone.error());
  with.print("The token " + options.name + " lets nobody in any more.\n",
             control::with_schema({{"name", options.name}}));
  return {};
}

}  // namespace smeg::ctl
