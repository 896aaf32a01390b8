// Guests: peers that speak WireGuard alone.
#include <ostream>

#include "commands.h"
#include "qr.h"
#include "terminal.h"
#include "watch.h"

namespace smeg::ctl {
namespace {

Outcome<> check_file(const GuestOptions& options) {
  if (options.file.empty() || !is_there(options.file)) return {};
  return refused({Code::exists, options.file + " is there already", "choose another name"});
}

// The configuration, and its QR code where it was asked for, or where somebody looks who can use it: apps take none
// without a private key.
Outcome<> print_guest(const Invocation& with, const control::GuestConfig& guest, const GuestOptions& options,
                      const std::optional<crypto::WgPrivateKey>& private_key) {
  const control::SecretText text = control::guest_config(guest, private_key);
  std::ostream& out = with.around.out;
  if (!options.file.empty()) {
    const auto written = write_secret_file(options.file, text.expose(), false);
    if (!written)
      return refused({written.error().code, written.error().message,
                      "remove the guest with `smegctl guest remove " + guest.name + "`, and add it again"});
  }
  if (with.for_programs()) {
    out << formatted(with.format, control::guest_config_json(guest, text).expose());
    return {};
  }
  out << (options.file.empty() ? text.expose() : "The configuration is in " + options.file + ".\n");
  if (!options.qr.value_or(with.around.out_is_terminal && private_key)) return {};
  const auto code = draw_qr(text);
  if (!code) return refused(code.error());
  out << '\n' << code->expose();
  return {};
}

}  // namespace

Outcome<> guest_add(const Invocation& with, const GuestOptions& options) {
  if (const auto free = check_file(options); !free) return free;
  // The private key is made here and shown once: the daemon never has it.
  std::optional<crypto::WgPrivateKey> private_key;
  if (!options.key) private_key = crypto::generate_wg_key(with.around.secrets);
  const crypto::WgPublicKey key = private_key ? crypto::wg_public_key(*private_key) : *options.key;
  const auto guest = with.ask<control::GuestConfig>(control::GuestAdd{with.mesh, options.name, key, options.endpoint});
  if (!guest) return tl::unexpected(guest.error());
  with.note("The guest " + guest->name + " has the address " + guest->address.to_string() +
            ", and finds this host at " + guest->endpoint.to_string() +
            ", by UDP.\nIts configuration holds secrets: hand it to the guest alone." +
            (private_key ? "\nThe private key is kept nowhere: this is the only time that it is shown." : ""));
  return print_guest(with, *guest, options, private_key);
}

Outcome<> guest_show(const Invocation& with, const GuestOptions& options) {
  if (const auto free = check_file(options); !free) return free;
  const auto guest = with.ask<control::GuestConfig>(control::GuestShow{with.mesh, options.name, options.endpoint});
  if (!guest) return tl::unexpected(guest.error());
  with.note("The private key is the guest's alone: put it in.");
  return print_guest(with, *guest, options, std::nullopt);
}

Outcome<> guest_list(const Invocation& with) {
  return show_mesh(with, [&](const control::MeshView& mesh) {
    return with.either([&] { return control::guest_table(mesh, with.around.now(), with.look()); },
                       [&] { return control::guest_json(mesh); });
  });
}

Outcome<> guest_remove(const Invocation& with, const std::string& name) {
  const auto done = with.ask<control::Done>(control::GuestRemove{with.mesh, name});
  if (!done) return tl::unexpected(done.error());
  with.print("The guest " + name + " is removed.\n", control::reply_json(*done));
  return {};
}

}  // namespace smeg::ctl
