// The root key of a mesh, to a file and back.
#include "commands.h"
#include "progress.h"
#include "terminal.h"

namespace smeg::ctl {
namespace {

// From the file, the environment or the terminal, in that order. twice: typed a second time, against slips.
Outcome<control::SecretText> ask_passphrase(const Invocation& with, const AuthorityFile& file, bool twice) {
  if (!file.passphrase_file.empty()) {
    auto text = read_secret_file(file.passphrase_file, limits::kPassphraseBytes);
    if (!text) return refused(text.error());
    return *std::move(text);
  }
  if (auto text = with.around.environment("SMEG_PASSPHRASE"); text && !text->empty())
    return control::SecretText(*std::move(text));
  auto first = with.around.ask_secret("Passphrase of the root key: ");
  if (!first) return refused(first.error());
  if (first->empty()) return refused({Code::invalid, "an empty passphrase protects nothing"});
  if (!twice) return *std::move(first);
  const auto second = with.around.ask_secret("The same again: ");
  if (!second) return refused(second.error());
  if (!(*first == *second)) return refused({Code::conflict, "the two passphrases differ", "try again"});
  return *std::move(first);
}

// The passphrase stays here: what goes to the daemon is the key that it gives, and opens this one file.
Outcome<crypto::SealingKey> ask_key(const Invocation& with, const AuthorityFile& file, const crypto::SealRecipe& recipe,
                                    bool twice) {
  const auto passphrase = ask_passphrase(with, file, twice);
  if (!passphrase) return tl::unexpected(passphrase.error());
  Progress progress(with.around, "making a key of the passphrase");  // slow on purpose
  progress.show();
  auto key = crypto::SealingKey::derive(passphrase->expose(), recipe);
  if (!key) return refused(key.error());
  return *key;
}

}  // namespace

Outcome<> authority_export(const Invocation& with, const AuthorityFile& file) {
  // Said before anything is asked, let alone removed from the host.
  if (!file.force && is_there(file.path))
    return refused(
        {Code::exists, file.path + " is there already", "choose another name, or give --force to write over it"});
  const auto key = ask_key(with, file, crypto::SealRecipe::draw(with.around.secrets), true);
  if (!key) return tl::unexpected(key.error());
  // The host forgets its key only once the file is safe: a second command, after the file is written.
  const auto exported = with.ask<control::AuthorityExported>(control::AuthorityExport{with.mesh, *key, false});
  if (!exported) return tl::unexpected(exported.error());
  if (auto ok = write_secret_file(file.path, exported->sealed.expose() + '\n', file.force); !ok)
    return refused(ok.error());
  if (file.remove) {
    const control::MeshSelector same{control::to_text(exported->mesh)};
    const auto removed = with.ask<control::AuthorityExported>(control::AuthorityExport{same, *key, true});
    if (!removed) return tl::unexpected(removed.error());
  }
  with.print("The root key of the mesh " + control::to_text(exported->mesh) + " is in " + file.path +
                 (file.remove ? ", and on this host no more.\n" : ".\n") +
                 "Keep the file and its passphrase apart; nobody can recover either.\n",
             control::authority_json(exported->mesh, file.path, file.remove));
  return {};
}

Outcome<> authority_import(const Invocation& with, const AuthorityFile& file) {
  const auto sealed = read_secret_file(file.path, limits::kSealedBytes);
  if (!sealed) return refused(sealed.error());
  const auto recipe = crypto::SealRecipe::of(sealed->expose());
  if (!recipe) return refused({recipe.error().code, file.path + ": " + recipe.error().message, recipe.error().hint});
  const auto key = ask_key(with, file, *recipe, false);
  if (!key) return tl::unexpected(key.error());
  const auto done = with.ask<control::Done>(control::AuthorityImport{with.mesh, *sealed, *key});
  if (!done) return tl::unexpected(done.error());
  with.print("This host holds the root key of the mesh.\n", control::reply_json(*done));
  return {};
}

}  // namespace smeg::ctl
