using System.Collections.Concurrent;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>postern explain --connect, with real servers.</summary>
[Collection(nameof(MailInternet))]
public sealed class ExplainConnectTests(MailInternet internet)
{
    /// <summary>What explain sees when it connects is what the gate would do: delivered over the same, or the same refusal.</summary>
    [Fact]
    public void Explain_connects_as_the_gate_does() => internet.Run(world =>
    {
        string[] chosen =
        [
            "dane.test", "dane-two.test", "ta.test", "ta-nexthop.test", "alias.test", "insecure.test", "two.test", "exim.test", "dane-strip.test", "dane-swap.test", "ta-expired.test", "ta-name.test",
            "usage0.test", "full-der.test", "plain.test", "signed.test", "away.test", "sts.test", "sts-wrong.test", "sts-strip.test", "sts-testing.test", "tlsa-bogus.test",
        ];
        Scene[] scenes = [.. DaneScenes.All.Concat(StsScenes.All).Where(scene => chosen.Contains(scene.Domain.Name))];
        Assert.Equal(chosen.Length, scenes.Length);
        using EximRig exim = world.StartExim();
        using PosternRig gate = world.Gate(Workplace.FreePort(), name: "-explain");
        ToolResult Explain(string domain, params string[] more) =>
            Tool.Run("env", ["SSL_CERT_FILE=" + world.Certificates.Authority, PosternRig.CommandLine, "explain", domain, "-c", gate.ConfigurationFile, "--connect", .. more]);

        var said = new ConcurrentDictionary<Scene, (int Status, JsonElement Report)>();
        OwnNetwork.Together([.. scenes.Select(scene => (Action)(() =>
        {
            ToolResult result = Explain(scene.Domain.Name, "--json");
            Assert.StartsWith("{", result.Output, StringComparison.Ordinal);
            said[scene] = (result.ExitCode, JsonDocument.Parse(result.Output).RootElement);
        }))], 4);
        string[] wrong = [.. scenes.Where(scene => !Seen(said[scene].Report).StartsWith(Foreseen(scene), StringComparison.Ordinal)).Select(scene => $"{scene}: {Seen(said[scene].Report)}, not {Foreseen(scene)}: {said[scene].Report}")];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        Assert.All(scenes, scene => Assert.Equal(scene.Over.Length > 0 ? 0 : 1, said[scene].Status));

        // Of two records the one that matched; of an anchor, at which depth.
        JsonElement two = said[scenes.Single(scene => scene.Domain.Name == "dane-two.test")].Report.GetProperty("connections")[0];
        string key = "3 1 1 " + MailWorld.KeyDigest(internet.Place.At("right.pem"));
        Assert.Equal((key, 0, key), (two.GetProperty("matched").GetString(), two.GetProperty("depth").GetInt32(), two.GetProperty("certificate").GetProperty("key").GetString()));
        JsonElement anchor = said[scenes.Single(scene => scene.Domain.Name == "ta.test")].Report.GetProperty("connections")[0];
        Assert.Equal(("2 0 1", 1), (anchor.GetProperty("matched").GetString()![..5], anchor.GetProperty("depth").GetInt32()));
        Assert.Equal("certificate-not-trusted", said[scenes.Single(scene => scene.Domain.Name == "sts-testing.test")].Report.GetProperty("connections")[0].GetProperty("watchFailure").GetString());

        string text = Explain("dane.test").Output;
        Assert.Contains($"  mx.dane.test[{MailWorld.Right}]: TLSv1.3 TLS_AES_256_GCM_SHA384, authenticated as mx.dane.test\n    matches {key}, at depth 0\n    certificate: right, by Test authority, 2 in the chain\n    names: ", text, StringComparison.Ordinal);
        Assert.Contains($"    key: TLSA {key}\n", text, StringComparison.Ordinal);
    });

    /// <summary>Of the hosts of a report the first that would get the mail, and over what; or what a client would be told.</summary>
    private static string Seen(JsonElement report)
    {
        if (report.GetProperty("refusal").GetString() is { } refusal)
            return refusal;
        JsonElement[] connections = [.. report.GetProperty("connections").EnumerateArray()];
        JsonElement good = connections.FirstOrDefault(connection => connection.GetProperty("refusal").GetString() is null);
        if (good.ValueKind == JsonValueKind.Undefined)
            return connections[0].GetProperty("refusal").GetString()!;
        return good.GetProperty("authenticated").GetString() ?? (good.GetProperty("version").GetString()!.Length == 0 ? "none" : "not authenticated");
    }

    private static string Foreseen(Scene scene) => scene.Over.Length > 0 ? scene.Over : scene.Reply;
}
