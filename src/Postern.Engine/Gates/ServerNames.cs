using System.Collections.Immutable;
using Postern.Interop.LibSsl;

namespace Postern.Engine.Gates;

/// <summary>A certificate as far as choosing it by name goes.</summary>
/// <param name="Pem">Chain and key.</param>
/// <param name="Names">DNS names of its subjectAltName.</param>
/// <param name="KeyType">One certificate of each key type may serve a name: the client's offer decides among them.</param>
public sealed record NamedCertificate(TlsCertificate Pem, ImmutableArray<string> Names, string KeyType);

/// <summary>A route as far as choosing it by name goes; an empty list means the gate's own certificates.</summary>
public sealed record NamedRoute(string ServerName, ImmutableArray<NamedCertificate> Certificates);

/// <summary>
/// Chooses certificates and route by SNI: the exact name, then the wildcard, then the first certificate of the list.
/// Several certificates of different key types for one name (ECDSA and RSA) go together.
/// </summary>
public sealed class ServerNames : IServerNameChooser
{
    private readonly List<ImmutableArray<NamedCertificate>> _sets = [];
    private readonly NameTable _routes = new();
    private readonly ImmutableArray<NameTable> _certificates;
    private readonly ImmutableArray<int> _defaults;
    private readonly bool _refuseUnrouted;

    /// <param name="own">The gate's own certificates, in the operator's order.</param>
    /// <param name="routes">The gate's routes, in the operator's order.</param>
    /// <param name="refuseUnrouted">The gate has no backend of its own: a name without a route is refused.</param>
    public ServerNames(
        ImmutableArray<NamedCertificate> own, ImmutableArray<NamedRoute> routes, bool refuseUnrouted)
    {
        _refuseUnrouted = refuseUnrouted;
        ImmutableArray<ImmutableArray<NamedCertificate>> lists =
            [own, .. routes.Select(route => route.Certificates.IsEmpty ? own : route.Certificates)];
        _defaults = [.. lists.Select(list => list.IsEmpty ? -1 : SetOf(First(list)))];
        _certificates = [.. lists.Select(NewTable)];
        for (int i = 0; i < routes.Length; i++)
            _routes.Add(routes[i].ServerName, i);
    }

    /// <summary>What <see cref="ServerNameChoice.CertificateSet"/> counts.</summary>
    public ImmutableArray<ImmutableArray<TlsCertificate>> CertificateSets =>
        [.. _sets.Select(set => set.Select(certificate => certificate.Pem).ToImmutableArray())];

    public ServerNameChoice Choose(ReadOnlySpan<char> serverName)
    {
        int route = _routes.Find(serverName, -1);
        if (route < 0 && _refuseUnrouted)
            return new ServerNameChoice(-1, -1);

        return new ServerNameChoice(_certificates[route + 1].Find(serverName, _defaults[route + 1]), route);
    }

    private NameTable NewTable(ImmutableArray<NamedCertificate> list)
    {
        var table = new NameTable();
        foreach (string name in list.SelectMany(certificate => certificate.Names).Distinct(StringComparer.OrdinalIgnoreCase))
            table.Add(name, SetOf(WithName(list, name)));
        return table;
    }

    /// <summary>The first certificate, and those of other key types that carry its first name too.</summary>
    private static ImmutableArray<NamedCertificate> First(ImmutableArray<NamedCertificate> list) =>
        list[0].Names.IsEmpty ? [list[0]] : WithName(list, list[0].Names[0]);

    private static ImmutableArray<NamedCertificate> WithName(ImmutableArray<NamedCertificate> list, string name) =>
        [.. list.Where(certificate => certificate.Names.Contains(name, StringComparer.OrdinalIgnoreCase))
            .DistinctBy(certificate => certificate.KeyType)];

    private int SetOf(ImmutableArray<NamedCertificate> set)
    {
        int known = _sets.FindIndex(other => other.SequenceEqual(set));
        if (known >= 0)
            return known;

        _sets.Add(set);
        return _sets.Count - 1;
    }
}
