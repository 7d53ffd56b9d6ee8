using System.Security.Cryptography;
using Postern.Bench.Backends;
using Postern.Bench.Interop;
using Postern.Bench.Load;
using Postern.Bench.Measuring;
using Postern.Bench.Peers;

namespace Postern.Bench.Scenarios;

/// <summary>What it costs that the key is in a process of its own.</summary>
internal sealed class Signing : Scenario
{
    private const int BareSignatures = 2_000;
    private const int HashLength = 32;

    internal override string Name => "signing";

    internal override string Title => "signing: key agent, µs over the bare signature";

    internal override string Explanation =>
        "the full handshakes of the first row; the figure is the processor time of the key agent alone, for each of them, less that "
        + $"of EVP_PKEY_sign with ECDSA P-256 in a loop here ({BareSignatures} times before and after). What the worker spends on "
        + "asking is not in it.";

    internal override Front Front => Front.KeyAgent;

    internal override Backend StartBackend() => new EchoBackend();

    internal override Measurement Measure(Run run)
    {
        WarmUp(run);
        ProcessTree agent = KeyAgent(run.Peer.Tree);
        double bare = BareNanoseconds();
        var before = agent.ProcessorNanoseconds();
        var units = Load(run);
        var spent = (agent.ProcessorNanoseconds() - before) / units;
        bare = (bare + BareNanoseconds()) / 2;
        return new Measurement((spent - bare) / NanosecondsOfUnit);
    }

    internal override void WarmUp(Run run) => Handshake.Connect(run, Handshake.WarmUpConnections, mustResume: false);

    internal override double Load(Run run)
    {
        Handshake.Connect(run, Handshake.Connections * run.Scale, mustResume: false);
        return Handshake.Connections * run.Scale;
    }

    private static ProcessTree KeyAgent(ProcessTree tree)
    {
        foreach (var member in tree.Members())
        {
            if (PosternGate.RoleOf(member.Pid) == "key-agent")
                return new ProcessTree(member.Pid);
        }

        throw new IOException("there is no key agent among its processes");
    }

    private static double BareNanoseconds()
    {
        using var key = new ECDsaOpenSsl(ECCurve.NamedCurves.nistP256);
        using var handle = key.DuplicateKeyHandle();
        return LibCrypto.SigningNanoseconds(handle.DangerousGetHandle(), RandomNumberGenerator.GetBytes(HashLength), BareSignatures);
    }
}
