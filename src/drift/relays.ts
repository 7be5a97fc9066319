// Packaged programs that serve whatever they are told: who owns them says nothing of what listens.
import { baseOf, type BytePath } from '../model/bytes.ts';

const RELAY = /^(?:nc|nc\.(?:openbsd|traditional)|ncat|netcat|socat|busybox|bash|dash|sh|zsh|ksh|ssh|sslh|stunnel4?|perl|perl5\.[0-9]{1,2}|python[23]?(?:\.[0-9]{1,2})?|ruby(?:[0-9.]{1,5})?|php(?:[0-9.]{1,5})?|node|nodejs|lua(?:[0-9.]{1,5})?|tclsh(?:[0-9.]{1,5})?|gdb|gdbserver|chisel|ngrok|inetd|xinetd|openssl)$/;

/** Interpreters (whose script is not known), shells, relays and tunnels. */
export function isRelay(program: BytePath | undefined): boolean {
  return program !== undefined && RELAY.test(baseOf(program));
}
