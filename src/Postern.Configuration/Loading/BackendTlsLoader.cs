using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Loading;

/// <summary>Reads whom a gate trusts as its backends, and settles how TLS comes to each and which name it must have.</summary>
internal static class BackendTlsLoader
{
    /// <summary>Null for plain backends, and after an error, which has been said.</summary>
    /// <param name="gate">As it was read.</param>
    /// <param name="backends">The gate's own backend, then each route's.</param>
    /// <param name="system">The system's authorities, read when they are wanted.</param>
    /// <param name="source">Where keys stand.</param>
    /// <param name="problems">Where errors are said.</param>
    /// <param name="now">By which authorities expire.</param>
    public static LoadedBackendTls? Load(
        GateSettings gate, ImmutableArray<LoadedBackend> backends, SystemTrust system, SourceMap source, ProblemList problems, DateTimeOffset now)
    {
        if (gate.BackendTls is not { } tls)
            return null;

        string key = gate.Key + ".backend-trust";
        byte[] file = tls.Trust.File is null ? [] : AuthorityLoader.Load(tls.Trust.File, key, source, problems, now) ?? [];

        // RFC 6698 §2.1.1: records of usages 0 and 1 want a chain to somebody who is trusted anyway.
        bool wantsSystem = tls.Trust.IsSystem || tls.Trust.IsDane;
        if (wantsSystem)
            system.Load(key, source.Find(key), problems);
        return new LoadedBackendTls
        {
            // Where nothing was written all backends are discovered, and each has what was found; STARTTLS stands for none at all.
            Modes = [.. backends.Select(backend => backend.Discovered?.Mode ?? tls.Mode ?? TlsMode.StartTls)],
            Names = [NameOf(tls.Name, gate.Backend), .. gate.Routes.Select(route => NameOf(route.BackendName, route.Backend))],
            SystemTrust = wantsSystem,
            TrustPem = file,
            Pins = tls.Trust.Pins,
            IsDane = tls.Trust.IsDane,
            Tls13Only = tls.MinTls == TlsVersion.Tls13,
            Alpn = tls.Alpn ?? ProtocolList.Find(gate.Protocol)!.Alpn,
            Certificate = tls.Certificate,
        };
    }

    private static string NameOf(string? name, EndpointAddress? backend) => name ?? backend?.Host ?? backend?.Domain ?? "";
}
