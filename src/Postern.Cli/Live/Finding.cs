using Postern.Configuration;

namespace Postern.Cli.Live;

/// <summary>Something that is wrong with a backend: a sentence whose subject is the backend ("offers STARTTLS…").</summary>
internal sealed record Finding(Severity Severity, string Message)
{
    public static Finding Error(string message) => new(Severity.Error, message);

    public static Finding Warning(string message) => new(Severity.Warning, message);
}
