#!/usr/bin/env perl
# A registry of images that only gives: files below the directory that is named, on 127.0.0.1:5000. Runs with perl's base alone.
use strict;
use warnings;
use IO::Socket::INET;

my $root = shift or die "usage: server.pl DIRECTORY\n";
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1:5000', Listen => 16, ReuseAddr => 1) or die "listen: $!\n";
$| = 1;
$SIG{PIPE} = 'IGNORE';
print "ready\n";

while (my $client = $server->accept) {
    my ($method, $path) = (<$client> // '') =~ m{^(GET|HEAD) (/v2/[\w./:-]*) HTTP/1\.};
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
    my $file = defined $path ? $root . ($path eq '/v2/' ? '/v2/index' : $path) : '';
    if ($file =~ /\.\./ || !-f $file || !open(my $in, '<:raw', $file)) {
        print $client "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{}";
    } else {
        my $type = $path =~ m{/manifests/} ? 'application/vnd.docker.distribution.manifest.v2+json' : 'application/octet-stream';
        print $client "HTTP/1.1 200 OK\r\nContent-Length: ", -s $in, "\r\nContent-Type: $type\r\n",
            "Docker-Distribution-Api-Version: registry/2.0\r\nConnection: close\r\n\r\n";
        if ($method eq 'GET') { local $/ = \65536; print $client $_ while <$in>; }
    }
    close $client;
}
