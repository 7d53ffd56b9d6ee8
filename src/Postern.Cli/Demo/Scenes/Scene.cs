using System.Security.Cryptography.X509Certificates;
using Postern.Cli.Demo.Imap;
using Postern.Cli.Output;

namespace Postern.Cli.Demo.Scenes;

/// <summary>Everything that a scene plays with.</summary>
internal sealed record Stage(
    DemoGates Gates, X509Certificate2 Authority, Mailbox Mailbox, SmtpServer Smtp, ImapServer Imap, DaemonProcess Daemon, Paint Paint)
{
    public GateClient Connect(int port) => GateClient.Connect(port, Authority, Paint);

    /// <summary>Connections that the plain servers have got so far.</summary>
    public int BackendConnections => Smtp.Accepted + Imap.Accepted;
}

/// <summary>What a scene has shown, in a line, and whether it is so.</summary>
internal sealed record Proof(bool Holds, string Text);

/// <summary>One scene of the tour: a dialogue on the wire, and what it proves.</summary>
internal abstract class Scene
{
    public abstract string Title { get; }

    /// <summary>How many connections it makes: posternd logs a line for each.</summary>
    public abstract int Connections { get; }

    public abstract IEnumerable<Proof> Play(Stage stage);
}
