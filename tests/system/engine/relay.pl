# relay.pl MODE PORT SERVER-ADDRESS SERVER-PORT LOG: stands between a client and a server, both of which think that it is
# the other, and does worse than a network would. MODE says what becomes of each datagram:
#   plain   it is passed on
#   twice   and then once more
#   late    and once more after 50 others
#   swap    neighbours change places, one in four
#   stray   and once more from another port than the relay's own
#   flip    every third one has a bit flipped, and the intact one follows
# LOG gets a line for each datagram that came: its direction, its type, its size.
use strict;
use Socket;
my ($mode, $port, $server_address, $server_port, $log) = @ARGV;
my $server = sockaddr_in($server_port, inet_aton($server_address));
my $client;
sub udp {
  socket(my $new, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
  bind($new, sockaddr_in($_[0], INADDR_ANY)) or die "bind: $!";
  setsockopt($new, SOL_SOCKET, SO_RCVBUF, 4 << 20);
  return $new;
}
my ($front, $back) = (udp($port), udp(0));      # towards the client, towards the server
my ($stray_front, $stray_back) = (udp(0), udp(0));
open(my $lines, '>>', $log) or die "log: $!";
select((select($lines), $| = 1)[0]);
my (@kept, %waiting, $count);
sub pass {
  my ($up, $datagram, $stray) = @_;
  my $to = $up ? $server : $client;
  my $from = $up ? ($stray ? $stray_back : $back) : ($stray ? $stray_front : $front);
  send($from, $datagram, 0, $to) if $to;
}
sub handle {
  my ($up, $datagram) = @_;
  ++$count;
  if ($mode eq 'swap') {
    if (defined $waiting{$up}) { pass($up, $datagram); pass($up, delete $waiting{$up}); return }
    if ($count % 4 == 0 && ord($datagram) == 4) { $waiting{$up} = $datagram; return }
  }
  if ($mode eq 'flip' && $count % 3 == 0) {
    my $bad = $datagram;
    my $at = int(rand(length $bad));
    substr($bad, $at, 1) = chr(ord(substr($bad, $at, 1)) ^ (1 << int(rand(8))));
    pass($up, $bad);
  }
  pass($up, $datagram);
  pass($up, $datagram) if $mode eq 'twice';
  pass($up, $datagram, 1) if $mode eq 'stray';
  if ($mode eq 'late') {
    push @kept, [$up, $datagram];
    pass(@{ shift @kept }) if @kept > 50;
  }
}
srand(7);
while (1) {
  my $ready = '';
  vec($ready, fileno($_), 1) = 1 for $front, $back;
  select($ready, undef, undef, undef) > 0 or next;
  for my $socket ($front, $back) {
    next unless vec($ready, fileno($socket), 1);
    my $from = recv($socket, my $datagram, 65536, MSG_DONTWAIT) or next;
    my $up = $socket == $front;
    $client = $from if $up;
    printf $lines "%s %d %d\n", $up ? 'up' : 'down', length $datagram ? ord($datagram) : 0, length $datagram;
    handle($up, $datagram);
  }
}
