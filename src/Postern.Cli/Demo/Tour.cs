using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using Postern.Cli.Demo.Scenes;
using Postern.Cli.Output;

namespace Postern.Cli.Demo;

/// <summary>Plays the scenes one after the other and counts what was proven.</summary>
internal static class Tour
{
    /// <returns>True when every proof holds.</returns>
    public static async Task<bool> Play(Stage stage, CancellationToken cancelled)
    {
        string subject = string.Create(CultureInfo.InvariantCulture, $"Hello through the gate, {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm:ss}");
        Scene[] scenes = [new Delivery(subject), new Reading(subject), new Injection(), new Downgrade()];
        Paint paint = stage.Paint;
        int proven = 0;
        int failed = 0;
        foreach ((int index, Scene scene) in scenes.Index())
        {
            if (cancelled.IsCancellationRequested)
                return false;

            paint.Line();
            paint.Heading($"{index + 1}. {scene.Title}");
            paint.Line();
            List<Proof> proofs = Play(scene, stage);
            foreach (string line in await stage.Daemon.News(scene.Connections))
                paint.Aside("log: " + PeerText.Escape(line));

            paint.Line();
            foreach (Proof proof in proofs)
            {
                if (proof.Holds)
                    paint.Good("  proven: " + proof.Text);
                else
                    paint.Bad("  NOT SO: " + proof.Text);
            }

            proven += proofs.Count(proof => proof.Holds);
            failed += proofs.Count(proof => !proof.Holds);
        }

        paint.Line();
        if (failed == 0)
            paint.Good($"{proven} of {proven} proven");
        else
            paint.Bad($"{failed} of {proven + failed} not so");
        return failed == 0;
    }

    /// <summary>A dialogue that breaks off is a proof that failed, beside those that were had before.</summary>
    private static List<Proof> Play(Scene scene, Stage stage)
    {
        List<Proof> proofs = [];
        try
        {
            foreach (Proof proof in scene.Play(stage))
                proofs.Add(proof);
        }
        catch (Exception broken) when (broken is IOException or SocketException or AuthenticationException or TourException)
        {
            proofs.Add(new Proof(false, "the scene was played to its end: " + PeerText.Escape(broken.Message)));
        }

        return proofs;
    }
}
