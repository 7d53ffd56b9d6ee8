using Postern.EndToEnd.Scenarios.Outbound;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>One <see cref="MailWorld"/> with every scene, for all tests of it, one after the other: it takes seconds to make.</summary>
public sealed class MailInternet : IDisposable
{
    private readonly OwnNetwork _network;
    private MailWorld? _world;

    public MailInternet()
    {
        Place = new Workplace();
        _network = new OwnNetwork(Place, MailWorld.Files);
        try
        {
            _network.Run(() => _world = new MailWorld(Place, [.. DaneScenes.Beside, .. DaneScenes.All.Concat(StsScenes.All).Select(scene => scene.Domain), .. Others]));
            DaneScenes.Meddle(_world!.Dns);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal Workplace Place { get; }

    /// <summary>Domains of single tests.</summary>
    private static MailDomain[] Others { get; } =
    [
        new("pinned.test") { Host = MailWorld.Other },
        new("pinned-self.test"),
        new("rollover.test") { Tlsa = "3 1 1 rolling\n3 1 1 next", Host = MailWorld.Rolling },
        new("requiretls.test") { Tlsa = "3 1 1 strict", Host = MailWorld.Strict },
        new("sts-kept.test") { Delegation = Delegation.Unsigned, Policy = StsScenes.Policy("sts-kept.test") },
        new("sts-removed.test") { Delegation = Delegation.Unsigned, Policy = StsScenes.Policy("sts-removed.test") },
    ];

    /// <summary>In that network, one test after the other.</summary>
    internal void Run(Action<MailWorld> test) => _network.Run(() => test(_world!));

    public void Dispose()
    {
        if (_world is not null)
            _network.Run(_world.Dispose);
        _network.Dispose();
        Place.Dispose();
    }
}

/// <summary>The tests of that world.</summary>
[CollectionDefinition(nameof(MailInternet))]
public sealed class MailInternetCollection : ICollectionFixture<MailInternet>;
