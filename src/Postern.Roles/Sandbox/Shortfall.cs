using Postern.Interop.LibC;

namespace Postern.Roles.Sandbox;

/// <summary>The pieces of a role's sandbox that could not be put in place, in words.</summary>
internal sealed class Shortfall
{
    private readonly List<string> _pieces = [];

    public Shortfall(string already = "")
    {
        if (already.Length > 0)
            _pieces.Add(already);
    }

    /// <summary>Empty when there is nothing that the role does without.</summary>
    public string Text => string.Join(", ", _pieces);

    /// <summary>Puts one piece in place.</summary>
    /// <param name="layer">Of <see cref="Layers"/>.</param>
    /// <param name="action">0, or minus errno.</param>
    public void Try(string layer, Func<int> action)
    {
        int result = Layers.Lacks(layer) ? -Errno.NoSystemCall : action();
        if (result < 0)
            _pieces.Add($"{layer} ({Errno.Describe(result)})");
    }
}
