# copy.pl receive ADDRESS FILE | send SOURCE ADDRESS FILE: one file over one TCP connection, port 7000.
use strict;
use warnings;
use IO::Socket::IP;

my ($what, @rest) = @ARGV;
my ($in, $out, $socket);
if ($what eq 'receive') {
  my $listener = IO::Socket::IP->new(LocalHost => $rest[0], LocalPort => 7000, Listen => 1, ReuseAddr => 1) or die $@;
  $in = $listener->accept or die $!;
  open $out, '>', $rest[1] or die $!;
} else {
  open $in, '<', $rest[2] or die $!;
  $out = IO::Socket::IP->new(LocalHost => $rest[0], PeerHost => $rest[1], PeerPort => 7000) or die $@;
}
binmode $in;
binmode $out;
while (my $got = sysread $in, my $data, 65536) {
  for (my $at = 0; $at < $got;) { $at += syswrite($out, $data, $got - $at, $at) // die $! }
}
close $out or die $!;
