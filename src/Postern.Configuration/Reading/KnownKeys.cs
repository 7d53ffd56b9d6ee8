using System.Collections.Immutable;

namespace Postern.Configuration.Reading;

/// <summary>Every key of every table, those of later versions too: they get an answer of their own.</summary>
internal static class KnownKeys
{
    public static ImmutableArray<string> Top { get; } = ["server", "certificate", "gate", "outbound", "policy", "resolver", "tlsrpt"];

    public static ImmutableArray<string> Server { get; } =
        ["workers", "isolation", "user", "key-user", "sandbox", "control", "log", "hostname", "ticket-secret", "ticket-lifetime", "pkcs11-module"];

    public static ImmutableArray<string> Certificate { get; } = ["chain", "key", "key-passphrase-credential"];

    public static ImmutableArray<string> Gate { get; } =
    [
        "name", "protocol", "listen", "tls", "allow-plain-remote", "certificate",
        "backend", "backend-tls", "backend-name", "backend-trust", "backend-min-tls", "backend-alpn", "backend-certificate",
        "proxy-protocol", "accept-proxy-from", "route",
        "alpn", "client-certificate", "client-ca", "client-allow", "min-tls", "on-truncation",
        "max-connections", "max-connections-per-client", "handshake-timeout", "negotiation-timeout", "idle-timeout",
    ];

    public static ImmutableArray<string> Route { get; } = ["sni", "backend", "backend-name", "certificate"];

    public static ImmutableArray<string> Outbound { get; } =
    [
        "name", "protocol", "listen", "tls", "allow-plain-remote", "allow-open-relay", "certificate",
        "backend-certificate", "client-certificate", "client-ca", "client-allow", "min-tls", "port",
        "max-connections", "max-connections-per-client", "handshake-timeout", "negotiation-timeout", "idle-timeout",
    ];

    public static ImmutableArray<string> Policy { get; } = ["default", "on-loss", "import", "allow-private", "state", "rule"];

    public static ImmutableArray<string> PolicyRule { get; } = ["domain", "require", "pins", "hosts", "next-hop", "expires"];

    public static ImmutableArray<string> Resolver { get; } = ["trust-ad", "forward", "anchor"];

    public static ImmutableArray<string> TlsRpt { get; } = ["organization", "contact", "from", "relay"];

    private static readonly ImmutableArray<(string Table, ImmutableArray<string> Keys)> Tables =
    [
        ("[server]", Server), ("[certificate.NAME]", Certificate), ("[[gate]]", Gate), ("an entry of route", Route),

        // Whoever writes a port elsewhere means that of an address.
        ("[[outbound]]", Outbound.Remove("port")), ("[policy]", Policy), ("[[policy.rule]]", PolicyRule), ("[resolver]", Resolver), ("[tlsrpt]", TlsRpt),
    ];

    /// <summary>The nearest key of this table, else the table where the key is at home.</summary>
    public static string Hint(string key, ImmutableArray<string> here)
    {
        foreach ((string table, ImmutableArray<string> keys) in Tables)
        {
            if (keys.Contains(key))
                return $"; it belongs in {table}";
        }

        return NearestWord.Hint(key, here);
    }
}
