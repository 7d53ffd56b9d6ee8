using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Loading;

/// <summary>Reads whom a gate trusts as its backends, and settles which name each must have.</summary>
internal static class BackendTlsLoader
{
    /// <summary>Null for plain backends, and after an error, which has been said.</summary>
    public static LoadedBackendTls? Load(GateSettings gate, SystemTrust system, SourceMap source, ProblemList problems, DateTimeOffset now)
    {
        if (gate.BackendTls is not { } tls)
            return null;

        string key = $"gate[{gate.Name}].backend-trust";
        byte[] file = tls.Trust.File is null ? [] : AuthorityLoader.Load(tls.Trust.File, key, source, problems, now) ?? [];
        if (tls.Trust.IsSystem)
            system.Load(key, source.Find(key), problems);
        return new LoadedBackendTls
        {
            Mode = tls.Mode,
            Names = [NameOf(tls.Name, gate.Backend), .. gate.Routes.Select(route => NameOf(route.BackendName, route.Backend))],
            SystemTrust = tls.Trust.IsSystem,
            TrustPem = file,
            Pins = tls.Trust.Pins,
            Tls13Only = tls.MinTls == TlsVersion.Tls13,
            Alpn = tls.Alpn ?? ProtocolList.Find(gate.Protocol)!.Alpn,
            Certificate = tls.Certificate,
        };
    }

    private static string NameOf(string? name, EndpointAddress? backend) => name ?? backend?.Host ?? "";
}
