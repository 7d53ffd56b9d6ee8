using Postern.Configuration.Settings;

namespace Postern.Cli.Live;

/// <summary>What is said alike of the protocols that Dovecot serves, with the names of its settings.</summary>
internal static class DovecotSettings
{
    public static Finding OffersStartTls(string command, string protocol, GateSettings gate) => gate.BackendTls is not null ? InsideTls.OffersStartTls(command) : Finding.Warning(
        $"still offers {command}, which clients would see again inside TLS: in Dovecot set ssl = no (for this protocol alone: protocol {protocol} {{ ssl = no }})");

    public static Finding LoginDisabled(string what, GateSettings gate) => gate.BackendTls is not null ? InsideTls.LoginDisabled(what) : Finding.Error(
        $"{what}, so that nobody can log in: it takes the connection for one in the clear; in Dovecot set disable_plaintext_auth = no (2.4: auth_allow_cleartext = yes), or name this machine in login_trusted_networks"
        + (gate.ProxyProtocol == ProxyHeader.V1 ? ", or set proxy-protocol = \"v2\" here, whose header says that there is TLS" : ""));
}
